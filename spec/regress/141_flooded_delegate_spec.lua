-- SPDX-License-Identifier: MIT
-- What queued behind a delegate that waits had no limit: a flood made it grow for
-- ever.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local MOST <const> = 4 * 64

describe("a delegate that waits, flooded", function()
  before_each(support.virtual)

  it("keeps the latest; the oldest get their default answer", function()
    local bob, raw = support.agent("bob", { hold = 0 }), support.socket()
    local seen = {}
    bob.delegate = { on_message = function(incoming)
      seen[#seen + 1] = tonumber(incoming.message.body)
      if #seen == 1 then
        sip.sleep(1)
      end
      incoming:reply(202)
    end }
    for i = 1, MOST + 11 do
      raw:send(support.request_text("MESSAGE", {
        uri = support.uri(bob), from = raw.address, body = tostring(i), call_id = "flood-" .. i,
      }), bob.address)
      sip.sleep(0)
    end
    sip.sleep(0.1)
    assert.equal(10, bob.lost)
    for i = 2, 11 do
      local answer = assert(raw:receive(0))
      assert.matches("^SIP/2.0 200 ", answer)
      assert.matches("Call-ID: flood-" .. i .. "\r", answer, 1, true)
    end
    assert.is_nil((raw:receive(0)))
    sip.sleep(2)
    assert.equal(MOST + 1, #seen)
    assert.same({ 1, 12, 13 }, { seen[1], seen[2], seen[3] })
    assert.equal(MOST + 11, seen[#seen])
    for _ = 1, MOST + 1 do
      assert.matches("^SIP/2.0 202 ", assert(raw:receive(0)))
    end
    assert.equal(10, bob.lost)
  end)

  it("keeps them in a session, too", function()
    local alice, bob = support.pair({}, { hold = 0 })
    local at_alice, at_bob = support.call(alice, bob)
    local calls = 0
    at_bob.delegate = { on_message = function(incoming)
      calls = calls + 1
      if calls == 1 then
        sip.sleep(1)
      end
      incoming:reply(202)
    end }
    for _ = 1, MOST + 3 do
      at_alice:message { body = { "x", "text/plain" } }
      sip.sleep(0)
    end
    sip.sleep(0.1)
    assert.equal(2, at_bob.lost)
    assert.equal(1, calls)
    sip.sleep(2)
    assert.equal(MOST + 1, calls)
    assert.equal(2, at_bob.lost)
  end)
end)
