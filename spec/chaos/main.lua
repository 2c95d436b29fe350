-- SPDX-License-Identifier: MIT
-- `scripts/chaos`: one chaos run, and what became of it on one screen.

local argparse = require "argparse"
local chaos = require "spec.chaos.chaos"
local sip = require "sipwright"

local COLUMNS <const> = {
  "sent", "2xx", "3xx", "4xx", "5xx", "6xx", "synthetic", "disposed", "unsent",
}

local function say(format, ...)
  print(format:format(...))
end

local function by_name(counts)
  local names = {}
  for name in pairs(counts) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function line(name, row)
  local cells = {}
  for i, column in ipairs(COLUMNS) do
    cells[i] = ("%" .. math.max(#column, 6) .. "s"):format(row[column] or "")
  end
  say("%-10s %s", name, table.concat(cells, " "))
end

local function print_rows(rows)
  local sum, head = {}, {}
  for _, column in ipairs(COLUMNS) do
    head[column] = column
  end
  line("", head)
  for _, kind in ipairs(by_name(rows)) do
    line(kind, rows[kind])
    for name, count in pairs(rows[kind]) do
      sum[name] = (sum[name] or 0) + count
    end
  end
  line("all", sum)
end

local function counted(title, counts)
  local parts = {}
  for _, name in ipairs(by_name(counts)) do
    parts[#parts + 1] = ("%s %d"):format(name, counts[name])
  end
  say("%-10s %s", title, table.concat(parts, ", "))
end

---@param report spec.chaos.Report
local function print_report(report)
  local network = report.network
  print_rows(report.rows)
  counted("synthetic:", report.synthetic)
  counted("refused:", report.refused)
  say("besides:   %d provisional responses, %d late 2xx of forks, %d times on_error,",
    report.provisional, report.forks, report.errors)
  say("           %d errors raised in delegates on purpose", report.raised)
  say("network:   %d datagrams sent, %d of them again; %d lost, %d doubled, %d overtaken",
    network.sent, network.retransmitted, network.dropped, network.duplicated,
    network.reordered)
  for _, text in ipairs(report.complaints) do
    say("FAILED: %s", text)
  end
end

local parser = argparse("scripts/chaos", "Requests of all kinds at random, over a bad network.")
parser:option("--requests", "How many.", "100000"):convert(math.tointeger)
parser:option("--seed", "Of all that is random.", "1"):convert(math.tointeger)
local options = parser:parse()

sip.seed(options.seed, "chaos")
say("sipwright chaos: %d requests, seed %d", options.requests, options.seed)
local report = chaos.run(options)
print_report(report)
io.stderr:write(("%.0f s of virtual time in %.1f s of processor time; Lua kept %.0f KiB\n"):format(
  report.virtual, report.cpu, report.kept))
if report.complaints[1] then
  os.exit(1, true)
end
print "ok: each request had one outcome or was disposed of, and nothing is left"
