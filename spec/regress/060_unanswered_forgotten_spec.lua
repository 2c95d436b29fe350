-- SPDX-License-Identifier: MIT
-- Requests that no switch and no script answered stayed for ever, a stray
-- CANCEL and the session of a BYE among them.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function raw_call(bob)
  local raw = support.socket()
  local session
  local function send(method, cseq, to)
    raw:send(support.request_text(method, {
      uri = support.uri(bob), from = raw.address, cseq = cseq, to = to,
    }), bob.address)
  end
  local function inside(method, cseq)
    send(method, cseq, ("<sip:bob@127.0.0.1>;tag=%s"):format(session.local_tag))
    sip.sleep(0.01)
  end
  send("INVITE", 1)
  session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
  return session, inside, raw
end

describe("what nobody answers", function()
  before_each(support.virtual)

  it("leaves no transaction, whatever is switched off", function()
    local bob = support.agent("bob", { auto = { allow = false, stray = false, options = false } })
    local raw = support.socket()
    for _, method in ipairs { "FOO", "CANCEL", "OPTIONS" } do
      raw:send(support.request_text(method, { uri = support.uri(bob), from = raw.address }),
        bob.address)
    end
    sip.sleep(0.01)
    assert.is_true(sip.objects().transactions >= 2)
    sip.advance(70)
    assert.equal(0, sip.objects().transactions)
  end)

  it("ends the session when it is a BYE", function()
    local bob = support.agent("bob", { auto = { bye = false } })
    local session, inside = raw_call(bob)
    inside("ACK", 1)
    inside("BYE", 2)
    assert.equal("ending", session.state)
    sip.advance(70)
    assert.equal("ended", session.state)
    assert.equal("bye received", session.cause)
  end)
end)

describe("a session", function()
  before_each(support.virtual)

  it("answers a pending re-INVITE with 487 when the BYE comes", function()
    local bob = support.agent "bob"
    local session, inside, raw = raw_call(bob)
    local kept
    session.delegate = { on_invite = function(incoming) kept = incoming end }
    inside("ACK", 1)
    inside("INVITE", 2)
    assert.is_truthy(kept)
    inside("BYE", 3)
    local got = {}
    for bytes in function() return (raw:receive(0)) end do
      got[#got + 1] = bytes:match "^SIP/2.0 (%d+)" .. bytes:match "CSeq: ([^\r]*)"
    end
    assert.same({ "2001 INVITE", "2003 BYE", "4872 INVITE" }, got)
  end)

  it("ends without an ACK, though nothing is to be repeated", function()
    local bob = support.agent("bob", { auto = { retransmit = false } })
    local session, _, raw = raw_call(bob)
    sip.advance(40)
    assert.equal("ended", session.state)
    assert.equal("ack timeout", session.cause)
    assert.matches("^SIP/2.0 200", (raw:receive(0)))
    assert.matches("^BYE ", (raw:receive(0)))
  end)
end)
