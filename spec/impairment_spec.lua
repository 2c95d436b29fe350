-- SPDX-License-Identifier: MIT
-- Five hundred calls over a network that loses a fifth and doubles a twentieth
-- of all datagrams, in both directions, on virtual time.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local CALLS <const> = os.getenv "SIPWRIGHT_GC_STRESS" == "1" and 50 or 500

--- Counts how often each call saw each event.
local function recorder()
  local seen = {}
  return function(call, event)
    local key = call .. " " .. event
    seen[key] = (seen[key] or 0) + 1
  end, seen
end

local function noting(note, call, names)
  local delegate = {}
  for _, name in ipairs(names) do
    delegate[name] = function(what)
      local status = type(what) == "userdata" and what.status
      note(call, status and name .. " " .. status or name)
    end
  end
  return delegate
end

local CALLER <const> = { "on_trying", "on_progress", "on_accept", "on_redirect", "on_reject" }
local SESSION <const> = { "on_bye", "on_ack", "on_end" }

describe("a network that loses and doubles", function()
  it(("completes %d calls, and no delegate fires twice for one event"):format(CALLS), function()
    support.virtual()
    local alice, bob = support.pair()
    alice:faults { drop = 0.2, duplicate = 0.05, seed = 20 } -- what she sends and what she gets
    local errors = support.errors()
    local note, seen = recorder()

    bob.delegate = { on_invite = function(incoming)
      local call = incoming.message:header "X-Call"
      note(call, "on_invite")
      incoming:progress(180)
      incoming:accept({ body = sip.sdp() }).delegate = noting(note, call, SESSION)
    end }

    local completed = 0
    local function call(number)
      local name = tostring(number)
      sip.sleep(number * 0.01)
      local request = assert(alice:invite(support.uri(bob), {
        body = sip.sdp(), extra_headers = { "X-Call: " .. name },
      }, noting(note, name, CALLER)))
      local response = assert(request:await(40))
      assert(response.ok, tostring(response))
      sip.sleep(3)
      local bye = assert(response.session:bye(nil, noting(note, "bye " .. name, CALLER)))
      assert(bye:expect("2xx", { timeout = 40 }))
      completed = completed + 1
    end
    for number = 1, CALLS do
      sip.spawn(call, number)
    end
    assert.is_true(sip.run(600))
    sip.sleep(64)

    assert.same({}, errors)
    assert.equal(CALLS, completed)
    local acks = 0
    for key, count in pairs(seen) do
      assert.equal(1, count, key)
      acks = acks + (key:find(" on_ack", 1, true) and 1 or 0)
    end
    for number = 1, CALLS do
      for _, event in ipairs { "on_invite", "on_accept 200", "on_bye", "on_end" } do
        local key = number .. " " .. event
        assert.equal(1, seen[key], key)
      end
      assert.equal(1, seen[("bye %d on_accept 200"):format(number)])
    end
    assert.is_true(acks >= CALLS * 0.9, tostring(acks))
    assert.is_true(alice:faults().duplicated > CALLS / 10)
    local share = alice:faults().dropped / alice:faults().seen
    assert.near(0.2, share, 0.05)
    assert.is_true(sip.counters().retransmitted > CALLS / 2)
    local objects = sip.objects()
    assert.equal(0, objects.transactions + objects.lingering + objects.dialogs)
  end)
end)
