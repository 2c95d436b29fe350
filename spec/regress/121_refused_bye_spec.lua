-- SPDX-License-Identifier: MIT
-- A BYE that came before the ACK stopped the repeats of the 2xx for good, even
-- if it was refused: a lost 2xx then was never sent again, and the session waited
-- for its ACK for ever.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a BYE before the ACK", function()
  local raw, bob, session

  local function send(method, cseq, to)
    raw:send(support.request_text(method, {
      uri = support.uri(bob), from = raw.address, cseq = cseq,
      to = to and ("<sip:bob@127.0.0.1>;tag=%s"):format(session.local_tag),
    }), bob.address)
  end

  local function received()
    local words = {}
    for text in function() return (raw:receive(0)) end do
      words[#words + 1] = text:match "^SIP/2.0 %d+" or text:match "^%u+"
    end
    return words
  end

  before_each(function()
    support.virtual()
    raw, bob = support.socket(), support.agent("bob", { auto = { bye = false } })
    send("INVITE", 1)
    session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    send("BYE", 2, true)
    sip.sleep(5)
    assert.same({ "SIP/2.0 200" }, received())
    assert.equal("ending", session.state)
  end)

  after_each(function()
    session = nil
  end)

  it("lets the 2xx go on once it is refused, until the ACK", function()
    assert(session:expect "BYE"):reject(403)
    assert.equal("accepted", session.state)
    sip.sleep(2)
    assert.same({ "SIP/2.0 403", "SIP/2.0 200", "SIP/2.0 200" }, received())
    send("ACK", 1, true)
    assert(session:expect "ACK")
    assert.equal("confirmed", session.state)
    sip.sleep(10)
    assert.same({}, received())
    session:dispose()
  end)

  it("leaves the limit for the ACK", function()
    assert(session:expect "BYE"):reject(403)
    sip.sleep(33)
    assert.equal("ended", session.state)
    assert.equal("ack timeout", session.cause)
  end)

  it("has nothing repeated where the ACK came meanwhile", function()
    send("ACK", 1, true)
    assert(session:expect "ACK")
    assert(session:expect "BYE"):reject(403)
    assert.equal("confirmed", session.state)
    sip.sleep(10)
    assert.same({ "SIP/2.0 403" }, received())
    session:dispose()
  end)

  it("ends it all once it is accepted", function()
    assert(session:expect "BYE"):accept()
    assert.equal("ended", session.state)
    sip.sleep(10)
    assert.same({ "SIP/2.0 200" }, received())
  end)
end)
