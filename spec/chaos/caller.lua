-- SPDX-License-Identifier: MIT
-- What agents of a chaos run send: requests of all kinds, in and out of
-- dialogs, some of them cancelled or disposed of at any moment.

local callee = require "spec.chaos.callee"
local dice = require "spec.chaos.dice"
local events = require "spec.chaos.events"
local ledger = require "spec.chaos.ledger"
local sip = require "sipwright"
local variety = require "spec.chaos.variety"

---@class spec.chaos.Caller
---@field ledger spec.chaos.Ledger
---@field limit integer so many requests in all
local Caller = {}
Caller.__index = Caller

local M = {}

local BODY <const> = { "some text", "text/plain" }

local SUBSCRIBES <const> = { SUBSCRIBE = true, REFER = true }

--- Method, and the options that it wants.
local LONE <const> = {
  { 10, { "OPTIONS" } }, { 10, { "MESSAGE", { body = BODY } } }, { 6, { "INFO" } },
  { 6, { "NOTIFY", { event = "presence", extra_headers = { "Subscription-State: active" } } } },
  { 6, { "PUBLISH", { event = "presence", expires = 60, body = BODY } } },
  { 12, { "SUBSCRIBE", { event = "presence", expires = 60 } } },
  { 6, { "REFER", { extra_headers = { "Refer-To: <sip:carol@127.0.0.1>" } } } },
  { 2, { "UPDATE" } }, { 2, { "PRACK", { extra_headers = { "RAck: 1 1 INVITE" } } } },
  { 2, { "BYE" } }, { 2, { "FOO" } },
}

local INSIDE <const> = {
  { 6, { "INFO" } }, { 6, { "MESSAGE", { body = BODY } } }, { 4, { "OPTIONS" } },
  { 4, { "NOTIFY", { event = "refer", extra_headers = { "Subscription-State: active" } } } },
  { 4, { "REFER", { extra_headers = { "Refer-To: <sip:carol@127.0.0.1>" } } } },
  { 6, { "INVITE", { body = sip.sdp { version = 2 } } } },
  { 4, { "UPDATE", { body = sip.sdp { version = 3 } } } }, { 2, { "UPDATE" } },
  { 2, { "PRACK", { extra_headers = { "RAck: 1 1 INVITE" } } } },
  { 2, { "SUBSCRIBE", { event = "refer", expires = 60 } } }, { 1, { "FOO" } },
}

---@param book spec.chaos.Ledger
---@param limit integer
function M.new(book, limit)
  return setmetatable({ ledger = book, limit = limit, sessions = {} }, Caller)
end

--- May more requests be made?
function Caller:more()
  return self.ledger.count < self.limit
end

function Caller:cancel(entry)
  local cancel, err = entry.request:cancel(dice.chance(0.5) and "SIP;cause=487" or nil, {
    force = dice.chance(0.1),
  })
  if not cancel or cancel ~= entry.cancel then -- else it was there before
    self.ledger:enter("CANCEL", cancel, err, function() end)
    entry.cancel = cancel or entry.cancel
  end
end

--- Cancels or disposes of a request, whatever it is at.
function Caller:meddle(entry)
  if not entry.request then
    return
  elseif entry.kind == "INVITE" and dice.chance(0.6) then
    self:cancel(entry)
  else
    ledger.dispose(entry)
  end
end

--- What a delegate does besides noting that it was called.
function Caller:inside(entry, response)
  if dice.chance(0.9) then
    return
  end
  local session = response.session
  dice.weighted {
    { 4, function() self:meddle(entry) end },
    { 2, function() sip.sleep(dice.seconds(1)) end },
    { 2, function() -- one of somebody else
      local other = self.ledger:some()
      if other then
        self:meddle(other)
      end
    end },
    { 1, function()
      if session and self:more() then
        self:enter("BYE", session:bye(variety.of "BYE"))
      end
    end },
    { 1, function()
      if session then
        session:dispose()
      end
    end },
    { 2, function()
      if response.reliable then
        self:enter("PRACK", response:prack())
      end
    end },
    { 1, function() error(callee.PLANNED) end },
  }()
end

--- A task that waits for it and is cancelled meanwhile.
local function give_up(request)
  local waiting = sip.spawn(function()
    return request:expect({ 180, "2xx" }, { timeout = 10 })
  end)
  sip.spawn(function()
    sip.sleep(dice.seconds(5))
    waiting:cancel()
  end)
end

--- Puts a request into the book, and sees to what becomes of it.
function Caller:enter(kind, request, err)
  local entry = self.ledger:enter(kind, request, err, function(entry, response)
    self:inside(entry, response)
  end)
  if not entry then
    return nil
  end
  if SUBSCRIBES[kind] then
    events.hear(self, entry)
    sip.spawn(events.watch, self, request)
  end
  if dice.chance(0.12) then
    sip.spawn(function()
      sip.sleep(dice.seconds(8))
      self:meddle(entry)
    end)
  end
  if dice.chance(0.05) then
    give_up(request)
  end
  return entry
end

--- Waits for the outcome, or does not. Gives the response, if it has waited.
function Caller:follow(entry)
  if not entry or dice.chance(0.3) then
    return nil
  end
  local response, err = entry.request:await(dice.pick { 5, 60 })
  if err and err.code == "timeout" and entry.kind == "INVITE" then
    self:cancel(entry)
    response, err = entry.request:await(60)
  end
  if response or err.code ~= "timeout" then
    ledger.awaited(entry, response, err)
  end
  return response
end

--- What happens to a session by the way.
function Caller:take(session)
  self.sessions[dice.between(1, 20)] = session
  session.delegate = callee.session_delegate(function(text)
    self.ledger:complain("%s: %s", session, text)
  end)
  if dice.chance(0.05) then
    sip.spawn(function()
      sip.sleep(dice.seconds(5))
      session:dispose()
    end)
  end
  if dice.chance(0.1) then
    session:ack() -- whether it is due or not
  end
end

--- Some requests inside a dialog, and in most cases its end.
---@param session sipwright.Session
function Caller:talk(session)
  self:take(session)
  for _ = 1, dice.between(0, 4) do
    sip.sleep(dice.seconds(3))
    if not self:more() or session.state == "ended" then
      return
    end
    local method, options = table.unpack(dice.weighted(INSIDE))
    self:follow(self:enter(method, session:request(method, variety.of(method, options))))
  end
  sip.sleep(dice.seconds(dice.chance(0.1) and 300 or 10))
  if dice.chance(0.1) then
    session:dispose()
  elseif dice.chance(0.8) and self:more() then
    self:follow(self:enter("BYE", session:bye(variety.of "BYE")))
  end
end

--- One request out of a dialog; with what an INVITE makes, it talks.
---@param agent sipwright.UserAgent
---@param uri string
function Caller:act(agent, uri)
  if dice.chance(0.5) then
    local call = self:enter("INVITE", agent:invite(uri, variety.of("INVITE", {
      body = sip.sdp(), replaces = dice.chance(0.05) and self.sessions[dice.between(1, 20)] or nil,
    })))
    local response = self:follow(call)
    if response and response.ok and response.session then
      self:talk(response.session)
    end
  elseif dice.chance(0.1) then
    self:follow(self:enter("REGISTER", agent:register(variety.of("REGISTER", {
      registrar = uri, expires = dice.pick { 10, 60, 600 },
    }))))
  else
    local method, options = table.unpack(dice.weighted(LONE))
    self:follow(self:enter(method, agent:request(method, uri, variety.of(method, options))))
  end
end

return M
