-- SPDX-License-Identifier: MIT
-- request:cancel(), on both sides.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("request:cancel", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("ends a ringing call with 487, and its own outcome is 200", function()
    local rejected = {}
    local request = alice:invite(support.uri(bob), nil, {
      on_reject = function(response) rejected[#rejected + 1] = response.status end,
    })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    local cancel = assert(request:cancel())
    assert.equal("OutgoingCancelRequest", sip.type(cancel))
    assert.equal("CANCEL", cancel.method)
    assert.is_true(request.cancelled)
    assert.equal(487, assert(request:await(2)).status)
    assert.equal(200, assert(cancel:await(2)).status)
    assert.equal(request.message.via, cancel.message.via)
    assert.equal(request.message.cseq, cancel.message.cseq)
    sip.sleep(0.01)
    assert.same({ 487 }, rejected)
  end)

  it("is idempotent: the same object every time", function()
    local request = alice:invite(support.uri(bob))
    assert(bob:expect "INVITE"):progress(180)
    assert(request:expect(180))
    local first = request:cancel()
    assert.equal(first, request:cancel())
    assert(request:await(2))
    assert.equal(first, request:cancel())
  end)

  it("waits for a provisional response before it is sent", function()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address, { auto = { retransmit = false } })
    local invite = assert(callee:receive(2))
    local cancel = assert(request:cancel())
    assert.is_nil((callee:receive(0.05)))
    assert.equal("trying", cancel.state)
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    local text = assert(callee:receive(2))
    assert.matches("^CANCEL ", text)
    callee:send(support.response_text(text, "200 OK"), alice.address)
    callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
    assert.equal(487, assert(request:await(2)).status)
    assert.matches("^ACK ", assert(callee:receive(2)))
  end)

  it("carries a Reason and extra headers", function()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address)
    local invite = assert(callee:receive(2))
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert(request:expect(180))
    request:cancel('SIP;cause=487;text="gone"', { extra_headers = { "X-Why: tired" } })
    local text = assert(callee:receive(2))
    assert.is_truthy(text:find('\r\nReason: SIP;cause=487;text="gone"\r\n', 1, true))
    assert.is_truthy(text:find("\r\nX-Why: tired\r\n", 1, true))
    request:dispose()
  end)

  it("is told on the callee's side by expect and by delegate", function()
    local told = {}
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    request:cancel()
    local cancel = assert(incoming:expect("CANCEL", { timeout = 2 }))
    assert.equal("CANCEL", cancel.method)
    assert.is_true(incoming.cancelled)
    assert.equal(487, incoming.status)

    local second = alice:invite(support.uri(bob))
    local incoming2 = assert(bob:expect "INVITE")
    incoming2.delegate = { on_cancel = function(c) told[#told + 1] = c.method end }
    incoming2:progress(180)
    assert(second:expect(180))
    second:cancel()
    assert.equal(487, assert(second:await(2)).status)
    sip.sleep(0.01)
    assert.same({ "CANCEL" }, told)
  end)

  it("leaves the callee nothing to answer", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    request:cancel()
    assert(incoming:expect "CANCEL")
    local session, err = incoming:accept { body = sip.sdp() }
    assert.is_nil(session)
    assert.equal("cancelled", err.code)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("leaves 487 to the script with auto = { cancel = false }", function()
    bob = support.agent("bob", { auto = { cancel = false } })
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    local cancel = request:cancel()
    assert(incoming:expect "CANCEL"):reply(200)
    assert.equal(200, assert(cancel:await(2)).status)
    assert.is_nil((request:await(0.05)))
    assert(incoming:accept { body = sip.sdp() })
    local response = assert(request:await(2))
    assert.equal(200, response.status)
    assert(response.session:bye():await(2))
  end)

  it("is refused after the outcome, and for anything but INVITE", function()
    local request = alice:invite(support.uri(bob))
    assert(bob:expect "INVITE"):reject(486)
    assert(request:await(2))
    local cancel, err = request:cancel()
    assert.is_nil(cancel)
    assert.equal("final", err.code)
    local message = alice:message(support.uri(bob), { body = "x" })
    cancel, err = message:cancel()
    assert.is_nil(cancel)
    assert.matches("no INVITE", tostring(err), 1, true)
  end)

  it("that crosses with a 200 leaves a call to be ended", function()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address, { body = sip.sdp() })
    local invite = assert(callee:receive(2))
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert(request:expect(180))
    request:cancel()
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
    local response = assert(request:await(2))
    assert.equal(200, response.status)
    assert.is_true(request.cancelled)
    assert.equal("Session", sip.type(response.session))
    assert.matches("^CANCEL ", assert(callee:receive(2)))
    assert.matches("^ACK ", assert(callee:receive(2)))
  end)

  it("gives up 64*T1 after the CANCEL when no 487 comes", function()
    support.virtual()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address)
    callee:send(support.response_text(assert(callee:receive(2)), "180 Ringing"), alice.address)
    assert(request:expect(180))
    local begun = sip.now()
    local cancel = request:cancel()
    local response = assert(request:await(60))
    assert.equal("cancel-guard", response.cause)
    assert.equal(408, response.status)
    assert.near(32, sip.now() - begun, 0.01)
    assert.equal("timeout:F", assert(cancel:await(60)).cause)
  end)

  it("may be called inside a delegate", function()
    bob.delegate = { on_invite = function(incoming) incoming:progress(180) end }
    local request
    request = alice:invite(support.uri(bob), nil, {
      on_progress = function() request:cancel() end,
    })
    assert.equal(487, assert(request:await(2)).status)
  end)
end)

--- An INVITE of alice's that rings at a raw socket.
local function ringing(alice, callee, options)
  local request = alice:invite("sip:x@" .. callee.address, options)
  local invite = assert(callee:receive(2))
  callee:send(support.response_text(invite, "180 Ringing"), alice.address)
  assert(request:expect(180))
  return request, invite
end

local CHALLENGE <const> = {
  ["401 Unauthorized"] = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
  ["407 Proxy Authentication Required"] =
    'Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth"',
}

describe("request:cancel, on purpose", function()
  local alice, callee

  before_each(function()
    alice, callee = support.agent("alice", { password = "secret" }), support.socket()
  end)

  for status, line in pairs(CHALLENGE) do
    it("survives a " .. status .. ": the request ends with it, nothing is tried again", function()
      local request, invite = ringing(alice, callee)
      local cancel = request:cancel()
      assert.matches("^CANCEL ", assert(callee:receive(2)))
      callee:send(support.response_text(invite, status, { line }), alice.address)
      local response = assert(request:await(2))
      assert.equal(tonumber(status:sub(1, 3)), response.status)
      assert.is_true(response.cancelled)
      assert.matches("^ACK ", assert(callee:receive(2)))
      assert.is_nil((callee:receive(0.05)))
      cancel:dispose()
    end)

    it("that waits for a 1xx ends with a " .. status .. ", too", function()
      local request = alice:invite("sip:x@" .. callee.address)
      local invite = assert(callee:receive(2))
      local cancel = request:cancel()
      callee:send(support.response_text(invite, status, { line }), alice.address)
      assert.equal(tonumber(status:sub(1, 3)), assert(request:await(2)).status)
      assert.matches("^ACK ", assert(callee:receive(2)))
      assert.is_nil((callee:receive(0.05)))
      assert.equal("disposed", cancel.state)
    end)

    it("is not tried again when it is itself answered with " .. status, function()
      local request, invite = ringing(alice, callee)
      local cancel = request:cancel()
      local text = assert(callee:receive(2))
      callee:send(support.response_text(text, status, { line }), alice.address)
      assert.equal(tonumber(status:sub(1, 3)), assert(cancel:await(2)).status)
      assert.equal(1, cancel.attempts)
      assert.is_nil((callee:receive(0.05)))
      callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
      assert.equal(486, assert(request:await(2)).status)
    end)
  end

  it("is sent before a 1xx with `force`, and not again when one comes", function()
    local request = alice:invite("sip:x@" .. callee.address, { auto = { retransmit = false } })
    local invite = assert(callee:receive(2))
    local cancel = assert(request:cancel { force = true })
    local text = assert(callee:receive(2))
    assert.matches("^CANCEL ", text)
    callee:send(support.response_text(text, "200 OK"), alice.address)
    assert.equal(200, assert(cancel:await(2)).status)
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert(request:expect(180))
    assert.is_nil((callee:receive(0.05)))
    callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("is sent once more with `force`, changed if that is asked for", function()
    local request, invite = ringing(alice, callee)
    local cancel = request:cancel("SIP;cause=1")
    local first = assert(callee:receive(2))
    assert.equal(cancel, request:cancel("SIP;cause=2", { force = true }))
    local second = assert(callee:receive(2))
    assert.equal(first:match "branch=[^;\r]+", second:match "branch=[^;\r]+")
    assert.matches("\r\nReason: SIP;cause=2\r\n", second, 1, true)
    assert.equal(cancel, request:cancel())
    assert.is_nil((callee:receive(0.05)))
    callee:send(support.response_text(first, "200 OK"), alice.address)
    callee:send(support.response_text(second, "200 OK"), alice.address)
    assert.equal(200, assert(cancel:await(2)).status)
    callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("sends a CANCEL that waits when it is called again with `force`", function()
    local request = alice:invite("sip:x@" .. callee.address, { auto = { retransmit = false } })
    assert(callee:receive(2))
    local cancel = request:cancel()
    assert.is_nil((callee:receive(0.02)))
    assert.equal(cancel, request:cancel { force = true })
    assert.matches("^CANCEL ", assert(callee:receive(2)))
    request:dispose()
    cancel:dispose()
  end)

  it("is sent for any method with `force`", function()
    local request = alice:message("sip:x@" .. callee.address)
    local message = assert(callee:receive(2))
    local refused, err = request:cancel()
    assert.is_nil(refused)
    assert.equal("unsupported", err.code)
    local cancel = assert(request:cancel { force = true })
    local text = assert(callee:receive(2))
    assert.matches("^CANCEL ", text)
    assert.matches("\r\nCSeq: 1 CANCEL\r\n", text)
    callee:send(support.response_text(text, "481 No Such"), alice.address)
    assert.equal(481, assert(cancel:await(2)).status)
    callee:send(support.response_text(message, "200 OK"), alice.address)
    assert.equal(200, assert(request:await(2)).status)
  end)

  it("is refused after the outcome and after dispose(), `force` or not", function()
    local request, invite = ringing(alice, callee)
    callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
    assert(request:await(2))
    local gone = alice:invite("sip:x@" .. callee.address)
    gone:dispose()
    for _, options in ipairs { {}, { force = true } } do
      local cancel, err = request:cancel(options)
      assert.is_nil(cancel)
      assert.equal("final", err.code)
      cancel, err = gone:cancel(options)
      assert.is_nil(cancel)
      assert.equal("disposed", err.code)
    end
  end)

  it("that could not be sent is told as its own outcome", function()
    local request, invite = ringing(alice, callee)
    local failed
    alice.edit = function(text)
      return text .. (text:find "^CANCEL " and ("x"):rep(70000) or "")
    end
    local cancel = request:cancel()
    cancel.delegate = { on_reject = function(response) failed = response.cause end }
    assert.equal(503, assert(cancel:await(2)).status)
    sip.sleep(0)
    assert.equal("transport:too_big", failed)
    assert.equal("proceeding", request.state)
    alice.edit = nil
    assert.equal(cancel, request:cancel { force = true })
    assert.matches("^CANCEL ", assert(callee:receive(2)))
    callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("refuses what it has no use for, and an unknown on_cross", function()
    local request, invite = ringing(alice, callee)
    for _, key in ipairs { "body", "auth", "cseq", "route", "timers", "auto" } do
      assert.error_matches(function() request:cancel { [key] = 1 } end,
        'unknown option "' .. key .. '"', 1, true)
    end
    assert.error_matches(function() request:cancel { on_cross = "ack" } end,
      'option "on_cross" may be "bye"', 1, true)
    assert.is_false(request.cancelled)
    callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
    assert.equal(486, assert(request:await(2)).status)
  end)
end)

describe("a 2xx that crosses the CANCEL", function()
  local alice, callee

  before_each(function()
    alice, callee = support.agent "alice", support.socket()
  end)

  local function cross(options, delegate)
    local request, invite = ringing(alice, callee, { body = sip.sdp() })
    request.delegate = delegate
    request:cancel(options)
    assert.matches("^CANCEL ", assert(callee:receive(2)))
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
    return assert(request:await(2))
  end

  it("is accepted with `cancelled`; the call stands", function()
    local seen
    local response = cross(nil, { on_accept = function(r) seen = r.cancelled end })
    assert.is_true(response.cancelled)
    assert.matches("^ACK ", assert(callee:receive(2)))
    assert.is_nil((callee:receive(0.05)))
    assert.is_true(seen)
    assert.equal("confirmed", response.session.state)
    response.session:dispose()
  end)

  it("is acknowledged and ended with on_cross = \"bye\"", function()
    local response = cross({ on_cross = "bye" })
    assert.is_true(response.cancelled)
    assert.matches("^ACK ", assert(callee:receive(2)))
    local bye = assert(callee:receive(2))
    assert.matches("^BYE ", bye)
    callee:send(support.response_text(bye, "200 OK"), alice.address)
    sip.sleep(0.02)
    assert.equal("ended", response.session.state)
  end)

  it("is no crossing where nothing was cancelled", function()
    local request, invite = ringing(alice, callee, { body = sip.sdp() })
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
    local response = assert(request:await(2))
    assert.is_false(response.cancelled)
    response.session:dispose()
  end)
end)
