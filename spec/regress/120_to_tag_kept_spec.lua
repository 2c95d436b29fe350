-- SPDX-License-Identifier: MIT
-- A `to_tag` given with a provisional answer was forgotten: the final one had
-- the request's own and so belonged to another dialog.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local LONG <const> = ("long"):rep(20)

describe("a To tag given with a provisional answer", function()
  local alice, bob, request, incoming

  before_each(function()
    alice, bob = support.pair()
    request = alice:invite(support.uri(bob), { body = sip.sdp() })
    incoming = assert(bob:expect "INVITE")
  end)

  after_each(function()
    request, incoming = nil, nil
  end)

  it("is that of the 2xx, and of its session", function()
    incoming:progress(180, { to_tag = LONG })
    local early = assert(request:expect(180)).session
    local b = incoming:accept { body = sip.sdp() }
    local response = assert(request:expect "2xx")
    assert.equal(LONG, response.message.to_tag)
    assert.equal(early, response.session)
    assert.equal(LONG, b.local_tag)
    assert(b:expect "ACK")
  end)

  it("is that of a refusal", function()
    incoming:progress(180, { to_tag = "mine" })
    incoming:reject(486)
    assert.equal("mine", assert(request:await(2)).message.to_tag)
  end)

  it("is that of the 487 and of the 200 to its CANCEL", function()
    incoming:progress(180, { to_tag = "mine" })
    assert(request:expect(180))
    local cancel = request:cancel()
    assert.equal("mine", assert(cancel:await(2)).message.to_tag)
    assert.equal("mine", assert(request:await(2)).message.to_tag)
  end)

  it("is the latest, where there are several", function()
    incoming:progress(180, { to_tag = "one" })
    incoming:progress(180, { to_tag = "two" })
    incoming:accept { body = sip.sdp(), to_tag = "three" }
    assert.equal("three", assert(request:await(2)).message.to_tag)
  end)
end)
