-- SPDX-License-Identifier: MIT
-- Options of requests at random: what a script may override, overridden.

local dice = require "spec.chaos.dice"

local M = {}

local function same(text)
  return text
end

local WAYS <const> = {
  function(options) options.timers = { t1 = dice.pick { 0.1, 0.25, 1 } } end,
  function(options) options.auto = { retransmit = false } end,
  function(options) options.auto = { auth = false } end,
  function(options) options.auto = { redirect = true } end,
  function(options) options.auto = { refresh = true } end,
  function(options) options.auto = { ack = false } end,
  function(options) options.auto = { fork_bye = false } end,
  function(options) options.headers = { compact = true, fold = dice.chance(0.5) } end,
  function(options) options.headers = { remove = { "Max-Forwards" } } end,
  function(options) options.headers = { remove = { "Contact" } } end,
  function(options) options.headers = { insert = { { "X-Chaos", "1", at = 1 } } } end,
  function(options) options.edit = same end,
  function(options) options.auth = { "user1", dice.pick { "secret", "wrong" } } end,
  function(options) options.cseq = dice.between(1, 1000000) end,
  function(options) options.to = "<sip:x@127.0.0.1>;tag=invented" end,
}

local INVITE <const> = {
  function(options) options.reliable = dice.pick { true, false, "required" } end,
  function(options) options.auto = { prack = false } end,
  function(options) options.body = nil end,
  function(options) options.auto = { glare = false } end,
  function(options) options.auto = { session_timer = false } end,
  function(options)
    options.session_expires = dice.pick { 30, 90, 120 }
    options.refresher = dice.pick { "uac", "uas" }
  end,
  function(options) options.force = true end,
}

--- The options, mostly as they are.
---@param method string
---@param options sipwright.RequestOptions?
---@return sipwright.RequestOptions
function M.of(method, options)
  local some = {}
  for name, value in pairs(options or {}) do
    some[name] = value
  end
  while dice.chance(0.15) do
    dice.pick(WAYS)(some)
  end
  if method == "INVITE" and dice.chance(0.2) then
    dice.pick(INVITE)(some)
  end
  return some
end

return M
