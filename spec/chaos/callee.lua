-- SPDX-License-Identifier: MIT
-- What agents of a chaos run do with what comes in: any answer, or none.

local dice = require "spec.chaos.dice"
local sip = require "sipwright"

local M = {}

M.PLANNED = "planned" -- in the text of errors that are raised on purpose

local SUBSCRIBES <const> = { SUBSCRIBE = true, REFER = true }

local REFUSALS <const> = {
  400, 403, 404, 405, 406, 408, 415, 420, 423, 480, 481, 482, 484, 486, 487, 488, 489, 491,
  500, 501, 503, 504, 513, 600, 603, 604, 606,
}

local servers -- made anew by each run
local elsewhere -- URIs to redirect to

---@param uris string[] of all agents
function M.reset(uris)
  elsewhere = uris
  servers = {
    registrar = sip.registrar { min_expires = 30, contacts_max = 5 },
    publications = sip.publications { min_expires = 30 },
    digest = {
      sip.digest_server { realm = "proxy", proxy = true, lifetime = 20 },
      sip.digest_server { realm = "callee", algorithms = { "SHA-256", "MD5" } },
    },
  }
end

--- Asks for passwords now and then, as a proxy, as itself, or both; whoever
--- gives one is let in, or not. True when it has answered.
local function challenged(incoming)
  for _, server in ipairs(servers.digest) do
    local verdict = incoming:verify(server, "secret")
    if verdict ~= "ok" and (verdict ~= "none" or dice.chance(0.1)) then
      incoming:challenge(server)
      return true
    end
  end
  return false
end

local function refuse(incoming)
  incoming:reject(dice.pick(REFUSALS))
end

local function redirect(incoming)
  incoming:redirect { "sip:nobody@127.0.0.1:9", dice.pick(elsewhere) }
end

local function raise()
  error(M.PLANNED)
end

local function nothing() end

-- ---- all but INVITE ----

local PLAIN <const> = {
  { 60, function(incoming) incoming:accept() end },
  { 5, function(incoming) incoming:reply(202) end },
  { 15, refuse },
  { 5, redirect },
  { 5, function(incoming)
    sip.sleep(dice.seconds(5))
    incoming:accept()
  end },
  { 3, function(incoming) -- twice: the second one is refused, or forced
    incoming:accept()
    incoming:reply(500, { force = dice.chance(0.5) })
  end },
  { 3, function(incoming) -- after its client has given up
    sip.sleep(dice.between(20, 60))
    incoming:accept()
  end },
  { 5, nothing },
  { 2, raise },
}

--- Half of what a server could answer goes to one.
local function server_of(incoming)
  local server = incoming.method == "REGISTER" and servers.registrar or
      incoming.method == "PUBLISH" and servers.publications
  return server and dice.chance(0.5) and function() server:handle(incoming) end
end

-- ---- INVITE ----

--- An INVITE with a To tag that nobody knows makes no session.
local function answer(incoming, take)
  local session = incoming:accept { body = sip.sdp() }
  if sip.type(session) == "Session" then
    take(session)
  end
end

--- As if a proxy had forked: two 2xx with tags of their own, one of which is of
--- no dialog that anybody has.
local function fork(incoming, take)
  incoming:reply(183, { to_tag = "fork" .. dice.between(1, 99) })
  answer(incoming, take)
  incoming:reply(200, {
    to_tag = "fork" .. dice.between(100, 999), body = sip.sdp(), force = true,
  })
end

local CALL <const> = {
  { 60, answer },
  { 15, refuse },
  { 4, redirect },
  { 5, fork },
  { 5, nothing },
  { 2, raise },
}

local function ring(incoming)
  for _ = 1, dice.weighted { { 3, 0 }, { 5, 1 }, { 2, 2 }, { 1, 4 } } do
    sip.sleep(dice.seconds(2))
    local sent = incoming:progress(dice.pick { 180, 181, 183, 199 }, {
      reliable = dice.weighted { { 6, nil }, { 3, true }, { 1, false } },
      body = dice.chance(0.3) and sip.sdp() or nil,
    })
    if not sent then
      return
    end
  end
  sip.sleep(dice.seconds(3))
end

--- Makes the delegate of an agent.
---@param take fun(session: sipwright.Session) goes on with a session, as a task
---@param notify fun(subscription: sipwright.Subscription) the same
---@return sipwright.AgentDelegate
function M.delegate(take, notify)
  local function subscribe(incoming)
    local subscription = incoming:accept { expires = dice.pick { 5, 30, 60 } }
    if sip.type(subscription) == "Subscription" then
      notify(subscription)
    end
  end
  local function call(incoming)
    if dice.chance(0.9) then
      ring(incoming)
    end
    dice.weighted(CALL)(incoming, take)
  end
  return {
    on_invite = function(incoming)
      if not challenged(incoming) then
        sip.spawn(call, incoming)
      end
    end,
    on_request = function(incoming)
      if incoming.method ~= "CANCEL" and challenged(incoming) then
        return -- (a CANCEL of nothing, where `stray` is off)
      end
      local plan = server_of(incoming) or dice.weighted(PLAIN)
      if SUBSCRIBES[incoming.method] and dice.chance(0.7) then
        sip.spawn(subscribe, incoming)
      elseif dice.chance(0.5) then
        sip.spawn(plan, incoming)
      else
        plan(incoming)
      end
    end,
  }
end

--- Makes the delegate of a session. Some hear all, some nothing.
---@param complain fun(text: string)
---@return sipwright.SessionDelegate?
function M.session_delegate(complain)
  if dice.chance(0.3) then
    return nil
  end
  local ended = false
  local delegate = {
    on_end = function()
      if ended then
        complain "has ended twice"
      end
      ended = true
    end,
    on_ack = function()
      if ended then
        complain "an ACK after the end"
      end
    end,
  }
  if dice.chance(0.6) then
    delegate.on_request = function(incoming)
      if incoming.method == "INVITE" then
        dice.weighted { { 8, answer }, { 2, refuse }, { 1, nothing } }(incoming, nothing)
      else
        dice.weighted(PLAIN)(incoming)
      end
    end
  end
  return delegate
end

return M
