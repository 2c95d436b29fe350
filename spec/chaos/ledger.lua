-- SPDX-License-Identifier: MIT
-- The book of a chaos run: one entry for each request, what its delegate was
-- told, and what must not have been.

local dice = require "spec.chaos.dice"
local sip = require "sipwright"

local M = {}

local COMPLAINTS <const> = 20 -- more of them tell nothing new
local CLASSES <const> = { "1xx", "2xx", "3xx", "4xx", "5xx", "6xx" }

---@class spec.chaos.Entry
---@field number integer
---@field since number when it was sent
---@field kind string "INVITE"
---@field request sipwright.OutgoingRequest
---@field status integer? of its outcome
---@field disposed boolean? from the moment on in which that was asked for
---@field awaited integer|string|nil what await() said
---@field tags table<string, boolean> To tags of the 2xx that came
---@field cancel sipwright.OutgoingCancelRequest? the latest

---@class spec.chaos.Ledger
---@field count integer of all requests
---@field live spec.chaos.Entry[] those that have not been closed, by age
---@field rows table<string, table<string, integer>> of the closed ones, by kind
---@field complaints string[]
---@field errors integer calls of on_error
local Ledger = {}
Ledger.__index = Ledger

function M.new()
  return setmetatable({
    count = 0, live = {}, rows = {}, complaints = {}, errors = 0,
    refused = {}, synthetic = {}, forks = 0, provisional = 0,
  }, Ledger)
end

function Ledger:complain(format, ...)
  if #self.complaints < COMPLAINTS then
    self.complaints[#self.complaints + 1] = format:format(...)
  end
end

local function bump(counts, key)
  counts[key] = (counts[key] or 0) + 1
end

local function outcome(self, entry, response)
  entry.status = response.status
  if response.synthetic then
    entry.cause = assert(response.cause)
    bump(self.synthetic, response.cause)
  end
end

--- What a receiver may find wrong with what these agents send: they leave out
--- Contact at times, and reliable responses overtake each other.
local EXPECTED <const> = { ["no-contact"] = true, ["bad-rseq"] = true }

local function check_problems(self, entry, response)
  for _, word in ipairs(response.problems) do
    if not EXPECTED[word] then
      self:complain("request %d, %s: %s has %s", entry.number, entry.kind, response, word)
    end
  end
end

--- A final response: the outcome, or the 2xx of one more fork.
local function final(self, entry, response)
  local tag = response.ok and response.message and response.message.to_tag or "none"
  if not entry.status then
    outcome(self, entry, response)
  elseif entry.kind == "INVITE" and response.ok and entry.status < 300 and
      not entry.tags[tag] then
    self.forks = self.forks + 1
  else
    self:complain("request %d, %s: %s after its outcome %d", entry.number, entry.kind,
      response, entry.status)
  end
  entry.tags[tag] = true
end

local function delegate_of(self, entry, inside)
  local function told(name, least, most)
    return function(response)
      local status = response.status
      if entry.disposed then
        self:complain("request %d, %s: %s after dispose", entry.number, entry.kind, name)
      elseif status < least or status > most then
        self:complain("request %d, %s: %s with %d", entry.number, entry.kind, name, status)
      elseif status >= 200 then
        final(self, entry, response)
      else
        self.provisional = self.provisional + 1
      end
      check_problems(self, entry, response)
      inside(entry, response)
    end
  end
  return {
    on_trying = told("on_trying", 100, 100), on_progress = told("on_progress", 101, 199),
    on_accept = told("on_accept", 200, 299), on_redirect = told("on_redirect", 300, 399),
    on_reject = told("on_reject", 400, 699),
    on_error = function()
      self.errors = self.errors + 1
      if entry.disposed then
        self:complain("request %d, %s: on_error after dispose", entry.number, entry.kind)
      end
    end,
  }
end

--- Enters a request, or the error in its place.
---@param kind string
---@param request sipwright.OutgoingRequest?
---@param err sipwright.Error?
---@param inside fun(entry: spec.chaos.Entry, response: sipwright.IncomingResponse) what its
---  delegate does besides
---@return spec.chaos.Entry? entry
function Ledger:enter(kind, request, err, inside)
  if not request then
    bump(self.refused, assert(err).code)
    return nil
  end
  self.count = self.count + 1
  local entry = {
    number = self.count, kind = kind, request = request, tags = {}, since = sip.now(),
  }
  self.live[#self.live + 1] = entry
  request.delegate = delegate_of(self, entry, inside)
  return entry
end

--- What a task that waited for the outcome was given.
---@param entry spec.chaos.Entry
function M.awaited(entry, response, err)
  entry.awaited = response and response.status or assert(err).code
end

---@param entry spec.chaos.Entry
function M.dispose(entry)
  entry.disposed = true
  entry.request:dispose(dice.weighted {
    { 8, nil }, { 1, { mode = "cancel" } }, { 1, { mode = "bye" } },
  })
end

--- Is its outcome, or its end, still to come?
---@param entry spec.chaos.Entry
function M.is_open(entry)
  return not entry.status and not entry.disposed
end

--- A CANCEL is not sent at all when its INVITE ended first.
local function never_sent(entry)
  return entry.kind == "CANCEL" and entry.request.attempts == 0
end

local function check_state(self, entry)
  local state = entry.request.state
  if M.is_open(entry) and not never_sent(entry) then
    self:complain("request %d, %s: no outcome, state %s", entry.number, entry.kind, state)
  elseif entry.status and state ~= "done" and state ~= "disposed" then
    self:complain("request %d, %s: outcome %d, state %s", entry.number, entry.kind,
      entry.status, state)
  end
end

local function check_awaited(self, entry)
  local awaited = entry.awaited
  if type(awaited) == "number" and entry.status and awaited ~= entry.status then
    self:complain("request %d, %s: await says %d, its delegate %d", entry.number, entry.kind,
      awaited, entry.status)
  elseif awaited == "disposed" and not entry.disposed then
    self:complain("request %d, %s: await says disposed", entry.number, entry.kind)
  end
end

local function class_of(entry)
  if entry.cause then
    return "synthetic"
  elseif entry.status then
    return CLASSES[entry.status // 100]
  end
  return entry.disposed and "disposed" or "unsent"
end

local function close(self, entry)
  check_state(self, entry)
  check_awaited(self, entry)
  local row = self.rows[entry.kind] or { sent = 0 }
  self.rows[entry.kind] = row
  row.sent = row.sent + 1
  bump(row, class_of(entry))
  entry.request, entry.cancel = nil, nil
end

--- Looks whether the requests that are over have had what they should, and
--- lets go of them. An entry closed still hears what comes too late.
---@param seconds number only those that are older; all of them when 0
function Ledger:close(seconds)
  local kept = {}
  for _, entry in ipairs(self.live) do
    if seconds > 0 and (M.is_open(entry) or sip.now() - entry.since < seconds) then
      kept[#kept + 1] = entry
    else
      close(self, entry)
    end
  end
  self.live = kept
end

--- One of the requests of late, at random.
---@return spec.chaos.Entry?
function Ledger:some()
  local count = #self.live
  return count > 0 and self.live[dice.between(math.max(1, count - 50), count)] or nil
end

return M
