-- SPDX-License-Identifier: MIT
-- summary.json: the result for machines. It appears whole or not at all.

local dkjson = require "dkjson"
local failure = require "sipwright.cli.failure"

local M = {}

local ORDER <const> = {
  "schema", "verdict", "exit", "reason", "command", "kind", "script", "target", "seed",
  "run_id", "version", "calls", "messages", "peer", "times", "outcomes", "failures", "errors",
  "checks", "counts", "cpu", "wall", "rate", "duration",
  "wanted", "started", "succeeded", "failed", "killed", "open", "max_open",
  "sent", "received", "retransmitted", "absorbed", "timeouts", "dropped", "drops",
  "method", "status", "cause", "count", "min", "mean", "p50", "p90", "p95", "p99", "p999",
  "max", "call", "call_id", "detail", "ladder",
}

local LISTS <const> = { outcomes = true, failures = true }
local HIDDEN <const> = { report_path = true }

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

--- Makes the folder of the report, before anything has run.
---@param folder string?
function M.prepare(folder)
  if not folder then
    return
  end
  local made = os.execute("mkdir -p -- " .. quoted(folder) .. " 2>/dev/null")
  local probe = folder .. "/.sipwright-probe"
  local file = made and io.open(probe, "w")
  if not file then
    failure.environment("cannot write to the folder of the report: %s", folder)
  end
  file:close()
  os.remove(probe)
end

--- The result with its lists and tables marked, so that empty ones stay what
--- they are.
local function marked(value, key)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, inner in pairs(value) do
    if not HIDDEN[name] then
      copy[name] = marked(inner, name)
    end
  end
  return setmetatable(copy, { __jsontype = LISTS[key] and "array" or "object" })
end

--- The text of summary.json.
---@param result sipwright.Result
---@return string
function M.encode(result)
  return dkjson.encode(marked(result), { indent = true, keyorder = ORDER }) .. "\n"
end

--- Writes summary.json into a folder that exists.
---@param folder string
---@param result sipwright.Result
---@return string? path
---@return string? err
function M.write(folder, result)
  local path = folder .. "/summary.json"
  local part = path .. ".part"
  local file, err = io.open(part, "w")
  if not file then
    return nil, err
  end
  local written, trouble = file:write(M.encode(result))
  local closed, late = file:close()
  if not written or not closed then
    os.remove(part)
    return nil, trouble or late
  end
  local moved, refused = os.rename(part, path)
  if not moved then
    return nil, refused
  end
  return path
end

return M
