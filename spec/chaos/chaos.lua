-- SPDX-License-Identifier: MIT
-- A chaos run: agents in one process on virtual time, over a network that
-- loses, doubles and reorders, sending each other whatever there is.

local callee = require "spec.chaos.callee"
local caller = require "spec.chaos.caller"
local dice = require "spec.chaos.dice"
local events = require "spec.chaos.events"
local ledger = require "spec.chaos.ledger"
local sip = require "sipwright"

local M = {}

--- What each agent has to itself. `how`: its delegate answers, or a task that
--- expects requests, or nobody but the engine.
local AGENTS <const> = {
  { how = "delegate" },
  { how = "delegate", password = "wrong" },
  { how = "delegate", hold = 0, auto = { trying = false, bye = false, info = false } },
  { how = "delegate", auto = { cancel = false, options = false, update = false } },
  { how = "delegate", auto = { stray = false, ack_timeout_bye = false }, timers = { t1 = 0.2 } },
  { how = "delegate", auto = { preempt = false, notify = false, fork_bye = false } },
  { how = "expect", min_se = 100 },
  { how = "expect", hold = 0, auto = { allow = false } },
  { how = "mute" },
}
local WORKERS <const> = 60
local SETTLED <const> = 200 -- seconds: nothing of SIP takes longer than 3 * 64 * T1
local SWEEP <const> = 60 -- seconds between two closings of the books
local KEPT <const> = 1024 -- KiB of Lua's that may stay: pooled coroutines, interned strings

---@class spec.chaos.Options
---@field requests integer
---@field seed integer

---@class spec.chaos.Report
---@field rows table<string, table<string, integer>> by kind
---@field synthetic table<string, integer> by cause
---@field refused table<string, integer> what was not sent at all, by error code
---@field complaints string[] empty when all is well
---@field network table<string, integer>
---@field requests integer
---@field provisional integer responses
---@field forks integer late 2xx, of forks
---@field errors integer calls of on_error
---@field raised integer errors raised on purpose in delegates
---@field kept number KiB that Lua holds more than before
---@field virtual number seconds that have passed in it
---@field cpu number seconds of processor time that it took

--- Bytes are never spoilt: an address that came out of it may be anybody's.
local function faults(seed)
  return {
    drop = dice.pick { 0, 0.02, 0.1, 0.2 }, duplicate = 0.05, reorder = 0.05,
    delay = { 0, dice.pick { 0.01, 0.1 } }, seed = seed,
  }
end

--- Takes what comes, one after the other, until the agent is closed.
local function serve(agent, delegate)
  repeat
    local incoming, err = agent:expect("*", { timeout = 60 })
    if incoming and incoming.method == "INVITE" then
      delegate.on_invite(incoming)
    elseif incoming then
      sip.spawn(delegate.on_request, incoming)
    end
  until err and err.code == "closed"
end

local function make_agents(run, seed)
  for i, own in ipairs(AGENTS) do
    local name = "user" .. i
    local agent = assert(sip.agent {
      listen = "udp:127.0.0.1:0", uri = ("sip:%s@127.0.0.1"):format(name), username = name,
      password = own.password or "secret", hold = own.hold, auto = own.auto,
      timers = own.timers, min_se = own.min_se,
    })
    agent:faults(faults(seed + i))
    local delegate = callee.delegate(function(session) run.caller:talk(session) end,
      function(subscription) events.notify(run.caller, subscription) end)
    if own.how == "delegate" then
      agent.delegate = delegate
    elseif own.how == "expect" then
      sip.spawn(serve, agent, delegate)
    end
    run.agents[i], run.uris[i] = agent, ("sip:%s@%s"):format(name, agent.address)
  end
end

--- Acts from an agent that is closed while its requests are on their way.
local function visit(run, uri)
  local agent <close> = assert(sip.agent { listen = "udp:127.0.0.1:0", username = "visitor" })
  agent:faults(faults(dice.between(1, 1000000)))
  local entry = run.caller:enter("MESSAGE", agent:message(uri, { body = "hello" }))
  sip.sleep(dice.seconds(2))
  if entry then
    entry.disposed = true
  end
end

local function work(run)
  while run.caller:more() do
    sip.sleep(dice.seconds(1))
    local uri = dice.pick(run.uris)
    if dice.chance(0.02) then
      visit(run, uri)
    else
      run.caller:act(dice.pick(run.agents), uri)
    end
  end
end

--- Waits for what is on its way. An INVITE may ring for ever: it is cancelled.
local function wind_up(run)
  sip.advance(SETTLED)
  for _, entry in ipairs(run.ledger.live) do
    if ledger.is_open(entry) and entry.kind == "INVITE" then
      run.caller:cancel(entry)
    end
  end
  sip.advance(SETTLED)
  run.ledger:close(0)
end

local function add(sum, more)
  for name, count in pairs(more) do
    sum[name] = (sum[name] or 0) + count
  end
end

local function lua_memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

--- Closes the agents; then nothing must be left.
local function close(run, network)
  for _, agent in ipairs(run.agents) do
    add(network, agent:faults())
    agent:close()
  end
  sip.run(1)
  sip.sleep(0.01)
  run.agents, run.uris, run.caller = nil, nil, nil
  local kept = lua_memory() - run.memory
  if kept > KEPT then
    run.ledger:complain("Lua holds %.0f KiB more than before", kept)
  end
  for name, count in pairs(sip.objects()) do
    if count ~= 0 then
      run.ledger:complain("%d %s are left", count, name)
    end
  end
  return kept
end

--- Errors that nobody planned are complaints.
local function listen(run)
  sip.on_error(function(text)
    if text:find(callee.PLANNED, 1, true) then
      run.raised = run.raised + 1
    else
      run.ledger:complain("%s", text)
    end
  end)
end

---@param options spec.chaos.Options
---@return spec.chaos.Report
function M.run(options)
  sip.clock "virtual"
  dice.seed(options.seed)
  local run = {
    agents = {}, uris = {}, ledger = ledger.new(), raised = 0, memory = lua_memory(),
  }
  run.caller = caller.new(run.ledger, options.requests)
  listen(run)
  local begun, cpu = sip.now(), os.clock()
  local before = sip.counters()

  make_agents(run, options.seed)
  callee.reset(run.uris)
  for _ = 1, WORKERS do
    sip.spawn(work, run)
  end
  while run.caller:more() do
    sip.advance(SWEEP)
    run.ledger:close(SWEEP)
  end
  wind_up(run)

  local network = sip.counters()
  for name, count in pairs(before) do
    network[name] = network[name] - count
  end
  local virtual = sip.now() - begun
  local kept = close(run, network)
  sip.on_error(nil)
  sip.clock "real"
  local book = run.ledger
  return {
    rows = book.rows, synthetic = book.synthetic, refused = book.refused,
    complaints = book.complaints, network = network, requests = book.count,
    forks = book.forks, errors = book.errors, raised = run.raised,
    provisional = book.provisional, kept = kept, virtual = virtual, cpu = os.clock() - cpu,
  }
end

return M
