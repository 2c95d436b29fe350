-- SPDX-License-Identifier: MIT
-- Offer and answer in a session (RFC 3264, RFC 6337): signaling, local_sdp and
-- remote_sdp, whatever message the SDP comes in.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

local O1 <const>, A1 <const> = sip.sdp { version = 1 }, sip.sdp { version = 11 }
local O2 <const>, A2 <const> = sip.sdp { version = 2 }, sip.sdp { version = 12 }

local function assert_signaling(session, state, ours, theirs)
  assert.same({ state, ours or "none", theirs or "none" },
    { session.signaling, session.local_sdp or "none", session.remote_sdp or "none" })
end

describe("offer and answer", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair({ auto = { prack = false } }, { auto = { prack = false } })
  end)

  --- A call that stands, O1 offered and A1 answered.
  local function call()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local b = assert(bob:expect "INVITE"):accept { body = A1 }
    local a = assert(request:expect "2xx").session
    assert(b:expect "ACK")
    return a, b
  end

  it("are in INVITE and 2xx", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local a, b = assert(request:expect(180)).session, incoming.session
    assert_signaling(a, "have-local-offer", O1, nil)
    assert_signaling(b, "have-remote-offer", nil, O1)
    incoming:accept { body = A1 }
    assert(request:expect "2xx")
    assert_signaling(a, "stable", O1, A1)
    assert_signaling(b, "stable", A1, O1)
  end)

  it("are in 2xx and ACK, where the INVITE has none", function()
    local request = alice:invite(support.uri(bob), { auto = { ack = false } })
    local b = assert(bob:expect "INVITE"):accept { body = O1 }
    local response = assert(request:expect "2xx")
    local a = response.session
    assert_signaling(a, "have-remote-offer", nil, O1)
    assert_signaling(b, "have-local-offer", O1, nil)
    assert(response:ack { body = A1 })
    assert(b:expect "ACK")
    assert_signaling(a, "stable", A1, O1)
    assert_signaling(b, "stable", O1, A1)
  end)

  it("are taken back where the ACK has no answer", function()
    local request = alice:invite(support.uri(bob))
    local b = assert(bob:expect "INVITE"):accept { body = O1 }
    local a = assert(request:expect "2xx").session
    assert(b:expect "ACK")
    assert_signaling(a, "stable", nil, nil)
    assert_signaling(b, "stable", nil, nil)
  end)

  it("are not settled by a 183 that may get lost, which shows the answer", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { body = A1 })
    local a = assert(request:expect(183)).session
    assert_signaling(a, "have-local-offer", O1, A1)
    assert_signaling(incoming.session, "have-remote-offer", A1, O1)
    incoming:accept { body = A2 }
    assert(request:expect "2xx")
    assert_signaling(a, "stable", O1, A2)
  end)

  it("are settled by a reliable 183; the 2xx adds nothing", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { body = A1, extra_headers = { "Require: 100rel", "RSeq: 1" } })
    local a, b = assert(request:expect(183)).session, incoming.session
    assert_signaling(a, "stable", O1, A1)
    assert_signaling(b, "stable", A1, O1)
    incoming:accept { body = A2 }
    assert(request:expect "2xx")
    assert_signaling(a, "stable", O1, A1)
    assert_signaling(b, "stable", A1, O1)
  end)

  it("are in PRACK and its 2xx", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { body = A1, extra_headers = { "Require: 100rel", "RSeq: 1" } })
    local a, b = assert(request:expect(183)).session, incoming.session
    local prack = a:request("PRACK", { body = O2, extra_headers = { "RAck: 1 1 INVITE" } })
    local offered = assert(b:expect "PRACK")
    assert_signaling(a, "have-local-offer", O2, A1)
    assert_signaling(b, "have-remote-offer", A1, O2)
    offered:accept { body = A2 }
    assert(prack:expect "2xx")
    assert_signaling(a, "stable", O2, A2)
    assert_signaling(b, "stable", A2, O2)
    incoming:reject(480)
    assert(request:await(2))
  end)

  it("are in PRACK where a reliable 183 has offered", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { body = O1, extra_headers = { "Require: 100rel", "RSeq: 1" } })
    local a, b = assert(request:expect(183)).session, incoming.session
    assert_signaling(a, "have-remote-offer", nil, O1)
    assert_signaling(b, "have-local-offer", O1, nil)
    local prack = a:request("PRACK", { body = A1, extra_headers = { "RAck: 1 1 INVITE" } })
    assert(b:expect "PRACK"):accept()
    assert(prack:expect "2xx")
    assert_signaling(a, "stable", A1, O1)
    assert_signaling(b, "stable", O1, A1)
    incoming:accept()
    assert(request:expect "2xx")
    assert_signaling(a, "stable", A1, O1)
  end)

  for _, side in ipairs { "caller", "callee" } do
    for _, method in ipairs { "INVITE", "UPDATE" } do
      it(("are in %s of the %s and its 2xx"):format(method, side), function()
        local first, second = call()
        if side == "callee" then
          first, second = second, first
        end
        local before = first.remote_sdp
        local request = assert(first:request(method, { body = O2 }))
        local incoming = assert(second:expect(method))
        assert_signaling(first, "have-local-offer", O2, before)
        assert_signaling(second, "have-remote-offer", before, O2)
        incoming:accept { body = A2 }
        assert(request:expect "2xx")
        sip.sleep(0.01)
        assert_signaling(first, "stable", O2, A2)
        assert_signaling(second, "stable", A2, O2)
      end)

      it(("are as they were after a %s of the %s was refused"):format(method, side), function()
        local first, second = call()
        if side == "callee" then
          first, second = second, first
        end
        local ours, theirs = first.local_sdp, first.remote_sdp
        local request = assert(first:request(method, { body = O2 }))
        assert(second:expect(method)):reject(488)
        assert(request:expect(488))
        assert_signaling(first, "stable", ours, theirs)
        assert_signaling(second, "stable", theirs, ours)
      end)
    end
  end

  it("are as they were where the 2xx of an offer has no answer", function()
    local a, b = call()
    local update = a:update { body = O2 }
    assert(b:expect "UPDATE"):accept()
    assert(update:expect "2xx")
    assert_signaling(a, "stable", O1, A1)
    assert_signaling(b, "stable", A1, O1)
  end)

  it("are as they were once the request is disposed of", function()
    local a, b = call()
    local update = a:update { body = O2 }
    assert(b:expect "UPDATE")
    assert_signaling(a, "have-local-offer", O2, A1)
    update:dispose()
    assert_signaling(a, "stable", O1, A1)
  end)

  it("survive a challenge: the same offer goes out again", function()
    alice = support.agent("alice", { username = "alice", password = "secret" })
    local a, b = call()
    local update = a:update { body = O2 }
    local first = assert(b:expect "UPDATE")
    first:reply(401, { extra_headers = { 'WWW-Authenticate: Digest realm="r", nonce="n"' } })
    local second = assert(b:expect "UPDATE")
    assert_signaling(a, "have-local-offer", O2, A1)
    second:accept { body = A2 }
    assert.equal(200, assert(update:await(2)).status)
    assert_signaling(a, "stable", O2, A2)
    assert_signaling(b, "stable", A2, O2)
  end)

  it("are nothing but application/sdp", function()
    local request = alice:invite(support.uri(bob), { body = { "hello", "text/plain" } })
    local b = assert(bob:expect "INVITE"):accept { body = { O1, "Application/SDP ; x=1" } }
    local a = assert(request:expect "2xx").session
    assert_signaling(a, "have-remote-offer", nil, O1)
    assert_signaling(b, "have-local-offer", O1, nil)
  end)

  it("are read off the bytes that a script made", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local b = assert(bob:expect "INVITE"):accept {
      body = A1, edit = function(text) return (text:gsub("s=[^\r]*", "s=-", 1)) end,
    }
    local a = assert(request:expect "2xx").session
    assert.equal(a.remote_sdp, b.local_sdp)
    assert.equal((A1:gsub("s=[^\r]*", "s=-", 1)), b.local_sdp)
  end)

  it("leave a reply to UPDATE or PRACK its type: application/sdp", function()
    local a, b = call()
    local update = a:update { body = O2 }
    assert(b:expect "UPDATE"):accept { body = A2 }
    local message = assert(update:expect "2xx").message
    assert.equal("application/sdp", message:header "Content-Type")
    assert.equal(bob.contact, message:header "Contact") -- RFC 3311 5.2
  end)
end)

describe("a re-INVITE or UPDATE", function()
  local function contact(peer, n)
    return ("<sip:moved%d@%s>"):format(n, peer.socket.address)
  end

  it("moves the remote target by its 2xx, never by a refusal", function()
    local bob = support.agent "bob"
    local peer = RawCall.calls(bob)
    local b = peer.session
    local before = b.remote_target
    for n, method in ipairs { "INVITE", "UPDATE" } do
      for _, status in ipairs { 488, 200 } do
        local text = support.request_text(method, {
          uri = peer.target, from = peer.socket.address, call_id = peer.call_id,
          cseq = n * 10 + (status == 200 and 1 or 0), to = peer.remote,
        }):gsub("Contact: [^\r]*", "Contact: " .. contact(peer, n), 1)
        peer.socket:send(text, bob.address)
        assert(b:expect(method)):reply(status, { body = "v=0\r\n" })
        assert.equal(status == 200 and contact(peer, n):sub(2, -2) or before, b.remote_target)
      end
      before = b.remote_target
    end
    b:dispose()
  end)

  it("of ours does so by the Contact of its 2xx", function()
    local alice = support.agent "alice"
    local peer = RawCall.called_by(alice)
    local a = peer.session
    for n, method in ipairs { "INVITE", "UPDATE" } do
      local request = a:request(method)
      local text = support.response_text(peer:receive(method), "200 OK",
        { "Contact: " .. contact(peer, n) })
      peer.socket:send(text, alice.address)
      assert(request:expect "2xx")
      sip.sleep(0.01)
      assert.equal(contact(peer, n):sub(2, -2), a.remote_target)
    end
    a:dispose()
  end)
end)

describe("session:invite", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  local function assert_refused(code, request, err)
    assert.is_nil(request)
    assert.equal(code, err.code)
  end

  it("waits its turn: pending while an INVITE of either side is", function()
    local a, b = support.call(alice, bob)
    local request = assert(a:invite { body = O2 })
    assert_refused("pending", a:invite { body = O2 })
    assert_refused("pending", a:request("INVITE"))
    local incoming = assert(b:expect "INVITE")
    assert_refused("pending", b:invite { body = O2 })
    assert(b:info():expect "2xx")
    incoming:accept { body = A2 }
    assert(request:expect "2xx")
    local again = assert(a:invite { body = O2 })
    assert(b:expect "INVITE"):reject(488)
    assert(again:expect(488))
    assert(b:invite { body = O2 })
    assert(a:expect "INVITE"):accept { body = A2 }
  end)

  it("goes out all the same with force = true", function()
    local bob_lax = support.agent("bob", { auto = { glare = false } })
    local a, b = support.call(alice, bob_lax)
    local first = assert(a:invite { body = O2 })
    local second = assert(a:invite { body = O2, force = true })
    local one = assert(b:expect "INVITE")
    local two = assert(b:expect "INVITE")
    assert.equal(one.message.cseq + 1, two.message.cseq)
    two:reject(488)
    one:accept { body = A2 }
    assert(first:expect "2xx")
    assert(second:expect(488))
  end)

  it("is for confirmed dialogs, while UPDATE is for early ones too", function()
    local request = alice:invite(support.uri(bob), { body = O1 })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local a, b = assert(request:expect(180)).session, incoming.session
    assert_refused("state", a:invite { body = O2 })
    assert_refused("state", b:invite { body = O2 })
    assert(assert(a:update()):expect "2xx")
    assert(assert(b:update()):expect "2xx")
    assert(b:expect "UPDATE")
    incoming:reject(480)
    assert(request:await(2))
  end)
end)
