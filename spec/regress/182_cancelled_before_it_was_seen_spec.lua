-- SPDX-License-Identifier: MIT
-- An INVITE was cancelled while it still waited for the script, where the
-- switch `cancel` is off: once it was answered, it stayed in memory for ever.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an INVITE that was cancelled before the script saw it", function()
  local alice, bob, request

  before_each(function()
    support.virtual()
    alice, bob = support.pair(nil, { auto = { cancel = false } })
    request = alice:invite(support.uri(bob), { body = sip.sdp() })
    sip.sleep(1)
    assert.equal("proceeding", request.state)
    request:cancel()
    sip.sleep(0.5)
  end)

  it("says so, and goes when it is answered", function()
    local incoming = assert(bob:expect "INVITE")
    assert.is_true(incoming.cancelled)
    assert(incoming:reject(487))
    assert.equal(487, assert(request:await(1)).status)
    incoming = nil
    sip.sleep(40)
    collectgarbage()
    collectgarbage()
    assert.equal(0, sip.objects().incoming)
  end)

  it("may be accepted all the same, and goes as well", function()
    local incoming = assert(bob:expect "INVITE")
    local session = assert(incoming:accept { body = sip.sdp() })
    assert.equal(200, assert(request:await(1)).status)
    assert(session:expect "ACK")
    assert(session:bye():expect "2xx")
    incoming, session, request = nil, nil, nil
    sip.sleep(40)
    collectgarbage()
    collectgarbage()
    assert.equal(0, sip.objects().incoming)
  end)
end)
