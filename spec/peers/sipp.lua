-- SPDX-License-Identifier: MIT
-- SIPp as a peer, and what it counted.

local world = require "spec.peers.world"

local M = {}

local STATISTICS <const> = "statistics.csv"

--- Columns of its statistics that must stay at zero in a clean run.
M.TROUBLES = {
  "FailedCall(C)", "FailedCannotSendMessage(C)", "FailedMaxUDPRetrans(C)",
  "FailedUnexpectedMessage(C)", "FailedCallRejected(C)", "FailedRegexpDoesntMatch(C)",
  "FailedRegexpHdrNotFound(C)", "FailedTimeoutOnRecv(C)", "OutOfCallMsgs(C)",
  "DeadCallMsgs(C)", "Retransmissions(C)", "Warnings(C)", "FatalErrors(C)",
}

local function start(at, port, scenario, more)
  local words = {
    "sipp", "-i", "127.0.0.1", "-p", port, "-ci", "127.0.0.1", "-mi", "127.0.0.1",
    "-nostdin", "-trace_err", "-trace_stat", "-stf", STATISTICS, "-fd", "1",
  }
  if scenario:find "%.xml$" then
    table.move({ "-sf", at.here .. scenario }, 1, 2, #words + 1, words)
  else
    table.move({ "-sn", scenario }, 1, 2, #words + 1, words)
  end
  table.move(more, 1, #more, #words + 1, words)
  return at:start("sipp", words)
end

--- A SIPp that waits for calls, ready to take them.
---@param at spec.World
---@param scenario string a built-in one, or a path that ends in .xml
---@param calls integer it ends by itself after so many
---@param more string[]? further options
---@return spec.Peer sipp
---@return integer port
function M.uas(at, scenario, calls, more)
  local port = world.free_port()
  local options = table.move(more or {}, 1, #(more or {}), 3, { "-m", calls })
  local peer = start(at, port, scenario, options)
  at:ready(peer, function() return world.listens(port) end)
  return peer, port
end

--- A SIPp that calls somebody.
---@param at spec.World
---@param scenario string as above
---@param target string "127.0.0.1:5060"
---@param options string[]
---@return spec.Peer
function M.uac(at, scenario, target, options)
  local more = table.move(options, 1, #options, 2, { target })
  return start(at, world.free_port(), scenario, more)
end

local function cells(line)
  local list = {}
  for cell in line:gmatch "([^;]*);" do
    list[#list + 1] = cell
  end
  return list
end

--- The last row of its statistics, by the names of the columns.
---@param peer spec.Peer an ended one
---@return table<string, number|string>
function M.statistics(peer)
  local text = world.read(peer.folder .. "/" .. STATISTICS)
  assert(text, "SIPp left no statistics")
  local names, last = cells(text:match "^[^\n]*"), nil
  for line in text:gmatch "[^\n]+" do
    last = line
  end
  local row = {}
  for i, value in ipairs(cells(last)) do
    row[names[i]] = math.tointeger(tonumber(value)) or tonumber(value) or value
  end
  return row
end

--- The columns of troubles that are not zero, as one text; "" in a clean run.
---@param row table<string, number|string>
---@return string
function M.troubles(row)
  local found = {}
  for _, name in ipairs(M.TROUBLES) do
    assert(row[name], "SIPp has no column " .. name)
    if row[name] ~= 0 then
      found[#found + 1] = ("%s %s"):format(name, row[name])
    end
  end
  return table.concat(found, ", ")
end

--- Waits for its end; by its own account all its calls have succeeded.
---@param peer spec.Peer
---@param calls integer
---@param troubles string? what its columns of troubles say, ""
function M.succeeded(peer, calls, troubles)
  local code = peer:finish(15)
  local row = M.statistics(peer)
  local found = ("%d calls, exit code %d, %s"):format(
    row["SuccessfulCall(C)"], code, M.troubles(row))
  local wanted = ("%d calls, exit code 0, %s"):format(calls, troubles or "")
  if found ~= wanted then
    error(("of SIPp wanted: %s\ngot: %s"):format(wanted, found), 2)
  end
end

return M
