-- SPDX-License-Identifier: MIT
-- A CANCEL that had to wait for a provisional response was disposed of before
-- it was sent. From then on cancel() gave back that dead one, and nothing could
-- end the INVITE any more.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a CANCEL that is disposed of before it is sent", function()
  local alice, bob, request, withdrawn

  before_each(function()
    support.virtual()
    alice, bob = support.pair({ username = "alice", password = "secret" }, {
      auto = { trying = false },
    })
    request = alice:invite(support.uri(bob), { body = sip.sdp() })
    withdrawn = assert(request:cancel())
    withdrawn:dispose()
  end)

  after_each(function() request, withdrawn = nil, nil end)

  it("is not sent", function()
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local cancel, err = incoming:expect("CANCEL", { timeout = 40 })
    assert.is_nil(cancel)
    assert.equal("timeout", err.code)
    assert.equal("proceeding", request.state)
  end)

  it("leaves an INVITE that is not cancelled, and answers a challenge", function()
    assert.is_false(request.cancelled)
    assert(bob:expect "INVITE"):reject(401, {
      extra_headers = { 'WWW-Authenticate: Digest realm="x", nonce="y"' },
    })
    assert(bob:expect "INVITE"):accept()
    assert.equal(200, assert(request:await(2)).status)
  end)

  it("leaves an INVITE that can be cancelled", function()
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    local cancel = assert(request:cancel())
    assert.not_equal(withdrawn, cancel)
    assert.equal(cancel, request:cancel())
    assert.is_true(request.cancelled)
    assert.equal(200, assert(cancel:await(2)).status)
    assert.equal(487, assert(request:await(2)).status)
    assert.equal("disposed", withdrawn.state)
  end)

  it("can be followed by another that waits as well", function()
    local cancel = assert(request:cancel())
    assert(bob:expect "INVITE"):progress(180)
    assert.equal(200, assert(cancel:await(2)).status)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("leaves nothing to cancel once the outcome is in", function()
    assert(bob:expect "INVITE"):reject(486)
    assert(request:await(2))
    local cancel, err = request:cancel()
    assert.is_nil(cancel)
    assert.equal("final", err.code)
  end)
end)
