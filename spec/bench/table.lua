-- SPDX-License-Identifier: MIT
-- Turns the raw lines of scripts/bench into one table: medians, and in brackets the spread.

local figures, rates, tools = {}, {}, { "floor", "sipwright", "sipp" }

local function keep(tool, rate, values)
  local key = rate .. tool
  if not figures[rate] then
    figures[rate] = true
    rates[#rates + 1] = rate
  end
  figures[key] = figures[key] or {}
  table.insert(figures[key], values)
end

for line in io.lines(arg[1]) do
  local tool, rate, calls, user, system, _, kib, status =
    line:match "^(%S+) (%d+) (%d+) (%S+) (%S+) (%S+) (%d+) (%d+)$"
  if tool and status == "0" then
    local n = tonumber(calls)
    keep(tool, tonumber(rate), {
      user = user / n * 1e6, system = system / n * 1e6,
      both = (user + system) / n * 1e6, kib = tonumber(kib),
    })
  end
end

local function median(runs, name)
  local values = {}
  for i, run in ipairs(runs) do
    values[i] = run[name]
  end
  table.sort(values)
  return values[(#values + 1) // 2], values[1], values[#values]
end

local function cell(runs, name)
  if not runs then
    return "failed"
  end
  local middle, low, high = median(runs, name)
  return ("%.1f (%.1f-%.1f)"):format(middle, low, high)
end

print "CPU microseconds a call (median, lowest-highest); ratios of medians"
print "| rate | program | user | system | both | of SIPp's | user of SIPp's | of the floor's |"
print "|---|---|---|---|---|---|---|---|"
table.sort(rates)
for _, rate in ipairs(rates) do
  for _, tool in ipairs(tools) do
    local runs = figures[rate .. tool]
    local sipp, floor = figures[rate .. "sipp"], figures[rate .. "floor"]
    local function ratio(other, name)
      return runs and other and ("%.2f"):format((median(runs, name)) / (median(other, name))) or "-"
    end
    print(("| %d | %s | %s | %s | %s | %s | %s | %s |"):format(rate, tool, cell(runs, "user"),
      cell(runs, "system"), cell(runs, "both"), ratio(sipp, "both"), ratio(sipp, "user"),
      ratio(floor, "both")))
  end
end
