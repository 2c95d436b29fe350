-- SPDX-License-Identifier: MIT
-- Subscriptions of a chaos run, from both ends: renewed, ended, forgotten or
-- let alone at random.

local callee = require "spec.chaos.callee"
local dice = require "spec.chaos.dice"
local variety = require "spec.chaos.variety"
local sip = require "sipwright"

local M = {}

local STATES <const> = {
  { 6, { state = "active" } }, { 2, { state = "pending" } },
  { 2, { state = "terminated", reason = "noresource" } },
  { 1, { state = "terminated", reason = "deactivated", retry_after = 5 } },
  { 1, { state = "active", expires = 3 } },
}

local function watch_end(caller, subscription)
  local ended = false
  subscription.delegate = {
    on_end = function()
      if ended then
        caller.ledger:complain("%s has ended twice", subscription)
      end
      ended = true
    end,
  }
end

local function forget(subscription)
  subscription:dispose()
end

--- The notifier's side, as a task.
---@param caller spec.chaos.Caller
---@param subscription sipwright.Subscription
function M.notify(caller, subscription)
  if dice.chance(0.5) then
    watch_end(caller, subscription)
  end
  for _ = 1, dice.between(0, 4) do
    if not caller:more() or subscription.state == "terminated" then
      return
    end
    local options = variety.of("NOTIFY", dice.weighted(STATES))
    options.body = dice.chance(0.5) and { "<state/>", "application/xml" } or nil
    caller:follow(caller:enter("NOTIFY", subscription:notify(options)))
    sip.sleep(dice.seconds(20))
  end
  if dice.chance(0.2) then
    forget(subscription)
  end
end

local function renew(caller, subscription)
  return caller:enter("SUBSCRIBE", subscription:subscribe(variety.of("SUBSCRIBE", {
    expires = dice.pick { 5, 60 },
  })))
end

local function unsubscribe(caller, subscription)
  return caller:enter("SUBSCRIBE", subscription:unsubscribe())
end

local DEEDS <const> = {
  { 4, renew }, { 4, unsubscribe }, { 1, function(_, subscription) forget(subscription) end },
  { 2, function(caller, subscription)
    return caller:enter("MESSAGE", subscription:request("MESSAGE", { body = "x" }))
  end },
  { 1, function(caller, subscription)
    return caller:enter("REFER", subscription:refer "sip:carol@127.0.0.1")
  end },
}

--- The subscriber's side: what its request's delegate hears besides responses.
---@param caller spec.chaos.Caller
---@param entry spec.chaos.Entry of a SUBSCRIBE or REFER
function M.hear(caller, entry)
  local delegate = entry.request.delegate
  delegate.on_notify_timeout = function()
    if entry.disposed then
      caller.ledger:complain("request %d: on_notify_timeout after dispose", entry.number)
    end
  end
  delegate.on_notify = function(_, subscription)
    if entry.disposed then
      caller.ledger:complain("request %d: on_notify after dispose", entry.number)
    elseif dice.chance(0.1) then
      dice.weighted {
        { 2, function() dice.weighted(DEEDS)(caller, subscription) end },
        { 2, function() caller:meddle(entry) end },
        { 1, function() sip.sleep(dice.seconds(2)) end },
        { 1, function() error(callee.PLANNED) end },
      }()
    end
  end
end

--- What becomes of it, if it has become one.
---@param caller spec.chaos.Caller
---@param request sipwright.OutgoingSubscribeRequest|sipwright.OutgoingReferRequest
function M.watch(caller, request)
  sip.sleep(dice.seconds(3))
  local subscription = request.subscription
  if not subscription then
    return
  end
  if dice.chance(0.3) then
    watch_end(caller, subscription)
  end
  for _ = 1, dice.between(0, 2) do
    if not caller:more() or subscription.state == "terminated" then
      return
    end
    caller:follow(dice.weighted(DEEDS)(caller, subscription))
    sip.sleep(dice.seconds(20))
  end
end

return M
