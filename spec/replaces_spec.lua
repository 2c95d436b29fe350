-- SPDX-License-Identifier: MIT
-- An INVITE that takes the place of another session (RFC 3891).

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local SDP <const> = sip.sdp()

describe("Replaces", function()
  local alice, bob, carol

  before_each(function()
    alice, bob = support.pair()
    carol = support.agent "carol"
  end)

  local function invite_with(replaces, options)
    local given = { body = SDP, replaces = replaces }
    for key, value in pairs(options or {}) do
      given[key] = value
    end
    return assert(carol:invite(support.uri(bob), given))
  end

  local function assert_refused(status, replaces, options)
    local response = assert(invite_with(replaces, options):await(2))
    assert.equal(status, response.status)
    assert.is_nil((bob:expect("INVITE", { timeout = 0.05 })))
  end

  it("is supported", function()
    local request = alice:invite(support.uri(bob))
    assert.matches("replaces", request.message:header "Supported")
    assert(bob:expect "INVITE"):reject(486)
    assert(request:await(2))
  end)

  it("names a session from its peer's point of view", function()
    local a, b = support.call(alice, bob)
    assert.equal(("%s;to-tag=%s;from-tag=%s"):format(a.call_id, b.local_tag, a.local_tag),
      a.replaces)
    assert.equal(("%s;to-tag=%s;from-tag=%s"):format(a.call_id, a.local_tag, b.local_tag),
      b.replaces)
  end)

  for _, given in ipairs { "Session", "string" } do
    it("ends what it replaces once it is accepted, given as a " .. given, function()
      local a, b = support.call(alice, bob)
      local request = invite_with(given == "Session" and a or a.replaces)
      assert.equal(a.replaces, request.message:header "Replaces")
      local incoming = assert(bob:expect "INVITE")
      assert.equal(b, incoming.replaces)
      incoming:progress(180)
      assert(request:expect(180))
      assert.equal("confirmed", b.state)
      local c = assert(incoming:accept { body = SDP })
      assert.equal("ending", b.state)
      assert(a:expect "BYE")
      assert.equal(200, assert(request:await(2)).status)
      sip.sleep(0.01)
      assert.same({ "ended", "ended" }, { a.state, b.state })
      assert.equal("confirmed", c.state)
    end)
  end

  it("leaves all as it was when it is refused", function()
    local a, b = support.call(alice, bob)
    local request = invite_with(a)
    assert(bob:expect "INVITE"):reject(486)
    assert.equal(486, assert(request:await(2)).status)
    assert.same({ "confirmed", "confirmed" }, { a.state, b.state })
  end)

  it("replaces a call of the callee's own as well", function()
    local b = support.call(bob, alice)
    local request = invite_with(("%s;to-tag=%s;from-tag=%s"):format(
      b.call_id, b.local_tag, b.remote_tag))
    local incoming = assert(bob:expect "INVITE")
    assert.equal(b, incoming.replaces)
    incoming:accept { body = SDP }
    assert(request:await(2))
    assert.equal("ending", b.state)
  end)

  it("cancels an early one that the callee has begun", function()
    local call = bob:invite(support.uri(alice, "alice"), { body = SDP })
    local ringing = assert(alice:expect "INVITE")
    ringing:progress(180)
    local early = assert(call:expect(180)).session
    local request = invite_with(ringing.session)
    local incoming = assert(bob:expect "INVITE")
    assert.equal(early, incoming.replaces)
    incoming:accept { body = SDP }
    assert.equal(200, assert(request:await(2)).status)
    assert(ringing:expect "CANCEL")
    assert.equal(487, assert(call:await(2)).status)
  end)

  it("gets 481 where nothing of that name is here", function()
    local a, b = support.call(alice, bob)
    assert_refused(481, "nobody;to-tag=1;from-tag=2")
    assert_refused(481, b.replaces) -- alice's side of it
    local elsewhere = carol:invite(support.uri(alice, "alice"), { replaces = a })
    assert.equal(481, assert(elsewhere:await(2)).status)
    assert.equal("confirmed", b.state)
  end)

  it("gets 481 for one that rings here", function()
    local request = alice:invite(support.uri(bob), { body = SDP })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert_refused(481, assert(request:expect(180)).session)
    incoming:reject(480)
    assert(request:await(2))
  end)

  it("gets 603 for one that is over", function()
    local a, b = support.call(alice, bob)
    local name = a.replaces
    assert(b:bye():await(2))
    assert_refused(603, name)
    local ringing = alice:invite(support.uri(bob), { body = SDP })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    name = assert(ringing:expect(180)).session.replaces
    incoming:reject(603)
    assert(ringing:await(2))
    assert_refused(603, name)
  end)

  it("gets 603 for one that is being ended", function()
    alice = support.agent("alice", { auto = { bye = false } })
    local a, b = support.call(alice, bob)
    local bye = b:bye()
    assert(a:expect "BYE")
    assert_refused(603, a)
    bye:dispose()
  end)

  it("gets 486 for a confirmed one when it is early-only", function()
    local a, b = support.call(alice, bob)
    assert_refused(486, a.replaces .. ";early-only")
    assert.equal("confirmed", b.state)
  end)

  it("gets 400 where it is there twice, beside a Join, or not readable", function()
    local a = support.call(alice, bob)
    assert_refused(400, nil, { extra_headers = {
      "Replaces: " .. a.replaces, "Replaces: " .. a.replaces,
    } })
    assert_refused(400, a, { extra_headers = { "Join: " .. a.replaces } })
    assert_refused(400, a.call_id)
    assert_refused(400, ";to-tag=1;from-tag=2")
  end)

  it("is the script's business with replaces = false", function()
    bob = support.agent("bob", { auto = { replaces = false } })
    local a, b = support.call(alice, bob)
    local request = invite_with(a)
    local incoming = assert(bob:expect "INVITE")
    assert.is_nil(incoming.replaces)
    incoming:accept { body = SDP }
    assert(request:await(2))
    sip.sleep(0.01)
    assert.equal("confirmed", b.state)
  end)

  it("finds nothing to end when that has ended meanwhile", function()
    local a, b = support.call(alice, bob)
    local request = invite_with(a)
    local incoming = assert(bob:expect "INVITE")
    assert(a:bye():await(2))
    assert.equal("ended", incoming.replaces.state)
    local c = assert(incoming:accept { body = SDP })
    assert.equal(200, assert(request:await(2)).status)
    assert.equal("bye received", b.cause)
    assert.not_equal("ended", c.state)
  end)

  it("takes a Session or a string", function()
    assert.error_matches(function()
      carol:invite(support.uri(bob), { replaces = 5 })
    end, 'option "replaces" must be a Session or a string, got number')
  end)
end)
