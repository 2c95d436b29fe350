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

  --- Each in a function of its own, so that no local holds anything.
  local function reject()
    local incoming = assert(bob:expect "INVITE")
    assert.is_true(incoming.cancelled)
    assert(incoming:reject(487))
    assert.equal(487, assert(request:await(1)).status)
  end

  local function accept()
    local session = assert(assert(bob:expect "INVITE"):accept { body = sip.sdp() })
    assert.equal(200, assert(request:await(1)).status)
    assert(session:expect "ACK")
    assert(session:bye():expect "2xx")
  end

  local function nothing_is_left()
    request = nil
    alice:close()
    bob:close()
    sip.sleep(1)
    collectgarbage()
    collectgarbage()
    support.assert_nothing_left()
  end

  it("says so, and goes when it is answered", function()
    reject()
    nothing_is_left()
  end)

  it("may be accepted all the same, and goes as well", function()
    accept()
    nothing_is_left()
  end)
end)
