-- SPDX-License-Identifier: MIT
-- Sees a load through: shows progress, obeys signals, gives up on a target that
-- cannot be reached, and keeps the ladders of what failed while they are fresh.

local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"
local progress = require "sipwright.report.progress"
local strays = require "sipwright.cli.strays"
local style = require "sipwright.report.style"

local M = {}

local TICK <const> = 0.25
local HOPELESS <const> = 10 -- calls that must all end in a transport error
local GRACE <const> = 5
local DRAIN <const> = 1 -- seconds for the answers to our last BYE and CANCEL
local LADDERS <const> = 20 -- causes whose ladder is kept

---@class sipwright.cli.Ended
---@field snapshot sipwright.Snapshot
---@field ladders table<string, string> cause = ladder of its first failure
---@field unreachable string? the cause, when nothing there could be reached
---@field cpu { user: number, system: number }
---@field wall number

local function keep_ladders(snapshot, ladders)
  for i, group in ipairs(snapshot.failures) do
    if i > LADDERS then
      return
    end
    if group.call_id and not ladders[group.cause] then
      ladders[group.cause] = core.ladder(group.call_id)
    end
  end
end

--- The cause, if all that has ended ended in transport errors and nothing came.
local function unreachable(snapshot, wanted)
  local enough = math.min(HOPELESS, wanted or HOPELESS)
  if snapshot.succeeded > 0 or snapshot.failed < enough
    or core.counters().received > 0 then
    return nil
  end
  for _, group in ipairs(snapshot.failures) do
    local text = group.cause .. "\n" .. (group.detail or "")
    if not text:find("transport:", 1, true) then
      return nil
    end
  end
  return snapshot.failures[1] and snapshot.failures[1].cause
end

--- What the signals that came ask for. Returns true when it is time to leave.
local function obey(load, state, signals, serve, grace)
  if signals.count == 0 then
    return false
  end
  local now = core.now()
  if not state.stopped then
    state.stopped = now
    load:stop()
  end
  local patient = serve and signals.count == 1 and now < state.stopped + grace
  if not patient and not state.killed then
    state.killed = now
    load:kill()
  end
  return signals.count > 2 or state.killed and now > state.killed + GRACE
end

local function cpu_since(user, system)
  local user_now, system_now = core.cpu()
  return { user = user_now - user, system = system_now - system }
end

--- A transaction is over a little later than its call: the last answers shall
--- go out, and BYEs be answered, before the sockets close.
local function drain()
  local deadline = core.now() + DRAIN
  repeat
    core.sleep(0.005)
  until core.objects().transactions == 0 or core.now() > deadline
end

--- A wrong option in a call or elsewhere: the script must be mended first.
local function leave_if_misused(snapshot, session)
  if snapshot.misuse then
    failure.usage("%s", snapshot.misuse)
  end
  strays.obey(session.strays)
end

--- Waits until a load is over.
---@param load sipwright.Load
---@param session sipwright.cli.Session
---@param options table what the load was made of
---@return sipwright.cli.Ended
function M.drive(load, session, options)
  local began, user, system = core.now(), core.cpu()
  local line = progress.new(options, style.of(2))
  local ended = { ladders = {} }
  local state = {}
  local grace = options.graceful_stop or GRACE
  local over, leave
  repeat
    over = load:wait(TICK)
    local snapshot = load:progress() -- percentiles would cost starts their time
    keep_ladders(snapshot, ended.ladders)
    line:update(snapshot, core.counters().retransmitted)
    if not options.serve and not ended.unreachable then
      ended.unreachable = unreachable(snapshot, options.calls)
      if ended.unreachable and not over then
        load:stop()
        load:kill()
      end
    end
    leave = obey(load, state, session.signals, options.serve, grace)
  until over or leave or session.strays.misuse
  ended.snapshot = load:snapshot()
  line:finish()
  ended.cpu = cpu_since(user, system)
  ended.wall = core.now() - began
  drain()
  leave_if_misused(ended.snapshot, session)
  return ended
end

return M
