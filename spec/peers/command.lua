-- SPDX-License-Identifier: MIT
-- Runs the command `sipwright` of the build under test.

local json = require "dkjson"
local world = require "spec.peers.world"

local M = {}

local binary <const> = (os.getenv "SIPWRIGHT_BUILD" or "build/asan") .. "/bin/sipwright"

---@class spec.Run
---@field code integer
---@field output string
---@field summary table what it wrote to summary.json

local function words(here, kind, file, folder, options)
  local path = binary:sub(1, 1) == "/" and binary or here .. binary
  local line = { path, kind, here .. file, "--out", folder }
  return table.move(options, 1, #options, #line + 1, line)
end

local function collect(peer, folder, code)
  local text = world.read(folder .. "/summary.json")
  assert(text, "sipwright left no summary.json")
  return { code = code, output = peer:log(), summary = assert(json.decode(text)) }
end

--- `sipwright run FILE …` to its end.
---@param at spec.World
---@param file string
---@param options string[]
---@param seconds number? how long it may take, 30
---@return spec.Run
function M.run(at, file, options, seconds)
  local folder = ("%s/out-%d"):format(at.folder, #at.peers)
  local peer = at:start("sipwright", words(at.here, "run", file, folder, options))
  local code = peer:finish(seconds or 30)
  return collect(peer, folder, code)
end

--- `sipwright serve FILE --listen …`, ready to answer.
---@param at spec.World
---@param file string
---@param port integer
---@return { stop: fun(): spec.Run }
function M.serve(at, file, port)
  local folder = ("%s/out-%d"):format(at.folder, #at.peers)
  local listen = { "--listen", "udp:127.0.0.1:" .. port }
  local peer = at:start("sipwright", words(at.here, "serve", file, folder, listen))
  at:ready(peer, function() return world.listens(port) end)
  return {
    stop = function()
      peer:signal "INT"
      return collect(peer, folder, peer:finish(15))
    end,
  }
end

return M
