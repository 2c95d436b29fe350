-- SPDX-License-Identifier: MIT
-- A 180 that the network had doubled, or that answered a repeat of the INVITE,
-- called on_progress again.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a provisional response that comes twice", function()
  local alice, callee, invite, request, rings

  before_each(function()
    support.virtual()
    alice, callee, rings = support.agent "alice", support.socket(), 0
    request = alice:invite("sip:x@" .. callee.address, nil, {
      on_progress = function() rings = rings + 1 end,
    })
    invite = assert(callee:receive(2))
  end)

  after_each(function()
    request = nil -- so that nothing is left when the file is done
  end)

  local function ring(headers, tag)
    callee:send(support.response_text(invite, "180 Ringing", headers, tag), alice.address)
    sip.sleep(0.01)
  end

  it("is one event when its bytes are the same", function()
    local absorbed = sip.counters().absorbed
    ring()
    ring()
    ring()
    assert.equal(1, rings)
    assert.equal(absorbed + 2, sip.counters().absorbed)
    request:dispose()
  end)

  it("is another event when anything differs, or a fork sends it", function()
    ring()
    ring { "X-Count: 2" }
    ring({}, "fork2")
    ring()
    assert.equal(3, rings)
    request:dispose()
  end)

  it("is another event a minute later (RFC 3261 13.3.1.1)", function()
    ring()
    sip.sleep(60)
    ring()
    assert.equal(2, rings)
    request:dispose()
  end)
end)
