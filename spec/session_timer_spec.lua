-- SPDX-License-Identifier: MIT
-- Session timers (RFC 4028): agreed on, refreshed, expired, refused.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

local SDP <const> = sip.sdp()
local TIMER <const> = "Supported: timer"

--- A call that stands, with these options of invite() and accept().
local function call(alice, bob, asked, granted)
  asked, granted = asked or {}, granted or {}
  asked.body, granted.body = asked.body or SDP, SDP
  local request = alice:invite(support.uri(bob), asked)
  local incoming = assert(bob:expect "INVITE")
  local b = assert(incoming:accept(granted))
  local response = assert(request:expect "2xx")
  assert(b:expect "ACK")
  return response.session, b, response.message, incoming.message
end

local function assert_timer(session, seconds, refresher)
  assert.same({ seconds or "none", refresher or "none" },
    { session.session_expires or "none", session.refresher or "none" })
end

describe("a session timer", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  it("is supported, and asked for by nobody, as agents come", function()
    local a, b, accepted, invite = call(alice, bob)
    assert.matches("timer", invite:header "Supported")
    assert.is_nil(invite:header "Session-Expires")
    assert.is_nil(accepted:header "Session-Expires")
    assert_timer(a, nil, nil)
    assert_timer(b, nil, nil)
    sip.advance(100000)
    assert.equal("confirmed", a.state)
  end)

  it("is not supported with session_timer = false", function()
    alice = support.agent("alice", { auto = { session_timer = false } })
    local a, b, accepted, invite = call(alice, bob, { session_expires = 100 })
    assert.is_nil((invite:header "Supported" or ""):find("timer", 1, true))
    assert.equal("100", invite:header "Session-Expires")
    assert.equal("100;refresher=uas", accepted:header "Session-Expires")
    assert.is_nil(accepted:header "Require")
    assert_timer(a, nil, nil)
    assert_timer(b, 100, "local")
  end)

  local agreements = {
    -- asked for in INVITE, granted in 2xx, header of the 2xx, alice is
    { { session_expires = 1800 }, {}, "1800;refresher=uac", "local" },
    { { session_expires = 1800, refresher = "uas" }, {}, "1800;refresher=uas", "remote" },
    { { session_expires = 1800, refresher = "uac" }, {}, "1800;refresher=uac", "local" },
    { { session_expires = 1800 }, { refresher = "uas" }, "1800;refresher=uas", "remote" },
    { { session_expires = 1800 }, { session_expires = 600 }, "600;refresher=uac", "local" },
    { { session_expires = 1800 }, { session_expires = 3600 }, "1800;refresher=uac", "local" },
    { { session_expires = 1800, min_se = 900 }, { session_expires = 600 }, "900;refresher=uac",
      "local" },
    { { session_expires = 1800 }, { session_expires = 60 }, "90;refresher=uac", "local" },
    { {}, { session_expires = 1200 }, "1200;refresher=uac", "local" },
    { {}, { session_expires = 1200, refresher = "uas" }, "1200;refresher=uas", "remote" },
  }
  for n, row in ipairs(agreements) do
    it(("is agreed on as in row %d: %s"):format(n, row[3]), function()
      local a, b, accepted = call(alice, bob, row[1], row[2])
      assert.equal(row[3], accepted:header "Session-Expires")
      assert.equal("timer", accepted:header "Require")
      local seconds = tonumber(row[3]:match "%d+")
      assert_timer(a, seconds, row[4])
      assert_timer(b, seconds, row[4] == "local" and "remote" or "local")
    end)
  end

  for _, refresher in ipairs { "uac", "uas" } do
    it("is refreshed by UPDATE at half the interval by the " .. refresher, function()
      local a, b = call(alice, bob, { session_expires = 100, refresher = refresher })
      local ours, theirs = a, b
      if refresher == "uas" then
        ours, theirs = b, a
      end
      for _ = 1, 5 do
        local begun = sip.now()
        local update = assert(theirs:expect("UPDATE", { timeout = 60 }))
        assert.near(50, sip.now() - begun, 0.02)
        assert.equal("", update.message.body)
        assert.equal("100;refresher=uac", update.message:header "Session-Expires")
        sip.sleep(0.01)
        assert_timer(ours, 100, "local")
        assert_timer(theirs, 100, "remote")
      end
      assert.equal("confirmed", a.state)
    end)
  end

  it("is refreshed by any INVITE or UPDATE with a 2xx, and moved by what that says", function()
    local a, b = call(alice, bob, { session_expires = 100 })
    sip.sleep(40)
    local request = a:invite { body = SDP }
    local incoming = assert(b:expect "INVITE")
    assert.equal("100;refresher=uac", incoming.message:header "Session-Expires")
    incoming:accept { body = SDP }
    assert(request:expect "2xx")
    local update = b:expect("UPDATE", { timeout = 45 })
    assert.is_nil(update)
    assert(b:expect("UPDATE", { timeout = 10 }))
    local slower = a:update { session_expires = 300, refresher = "uas" }
    assert(slower:expect "2xx")
    sip.sleep(0.01)
    assert_timer(a, 300, "remote")
    assert_timer(b, 300, "local")
  end)

  it("runs out on both sides where its refreshes are refused", function()
    local a, b = call(alice, bob, { session_expires = 300 })
    b.delegate = { on_update = function(incoming) incoming:reject(480) end }
    sip.advance(260)
    assert.equal("confirmed", a.state)
    sip.advance(15) -- 300 less 32 s
    assert.same({ "ended", "ended" }, { a.state, b.state })
    assert.equal("session expired", a.cause)
  end)

  it("is refused with 422 where it is too short, and asked for again", function()
    local strict = support.agent("bob", { min_se = 1000 })
    local request = alice:invite(support.uri(strict), { body = SDP, session_expires = 120 })
    local incoming = assert(strict:expect "INVITE")
    assert.equal("1000", incoming.message:header "Session-Expires")
    assert.equal("1000", incoming.message:header "Min-SE")
    assert.equal(2, incoming.message.cseq)
    local b = incoming:accept { body = SDP }
    local a = assert(request:expect "2xx").session
    assert.equal(2, request.attempts)
    assert_timer(a, 1000, "local")
    assert_timer(b, 1000, "remote")
    assert(b:expect "ACK")
    local update = a:update { session_expires = 500, refresher = "uas" }
    assert.equal(200, assert(update:await(2)).status)
    assert.equal("1000;refresher=uas", update.message:header "Session-Expires")
    assert.equal("1000", update.message:header "Min-SE")
    assert_timer(a, 1000, "remote")
  end)

  it("is told of a 422 with session_timer = false", function()
    local request = alice:invite(support.uri(bob), {
      session_expires = 60, extra_headers = { TIMER }, auto = { session_timer = false },
    })
    local response = assert(request:await(2))
    assert.equal(422, response.status)
    assert.equal("90", response.message:header "Min-SE")
    assert.equal(1, request.attempts)
  end)

  it("says the agent's min_se in its requests", function()
    alice = support.agent("alice", { min_se = 300 })
    local request = alice:invite(support.uri(bob), { session_expires = 600 })
    assert.equal("300", request.message:header "Min-SE")
    assert(bob:expect "INVITE"):reject(480)
    assert(request:await(2))
  end)
end)

describe("the timer of a session with a plain peer", function()
  before_each(support.virtual)

  local ACCEPTED <const> = { "Require: timer", "Allow: INVITE, ACK, BYE" }

  local function called(refresher, headers, options)
    local lines = { ("Session-Expires: 90;refresher=%s"):format(refresher) }
    table.move(headers or ACCEPTED, 1, #(headers or ACCEPTED), 2, lines)
    return RawCall.called_by(support.agent("alice", options),
      { body = SDP, session_expires = 90 }, lines, SDP)
  end

  it("is refreshed by re-INVITE with the same SDP where UPDATE is not allowed", function()
    local peer = called "uac"
    for _ = 1, 2 do
      local begun = sip.now()
      local text = peer:receive("INVITE", 60)
      assert.near(45, sip.now() - begun, 0.01)
      assert.equal(SDP, text:match "\r\n\r\n(.*)$")
      assert.equal("90;refresher=uac", RawCall.header(text, "Session-Expires"))
      peer:answer(text, "200 OK", { "Session-Expires: 90;refresher=uac", ACCEPTED[2] },
        SDP)
      peer:receive "ACK"
    end
    peer.session:dispose()
  end)

  it("is refreshed by re-INVITE once an UPDATE got 405", function()
    local peer = called("uac", { "Allow: INVITE, ACK, BYE, UPDATE" })
    peer:answer(peer:receive("UPDATE", 60), "405 Method Not Allowed", { ACCEPTED[2] })
    peer:answer(peer:receive("INVITE", 1), "200 OK", { "Session-Expires: 90;refresher=uac" })
    peer:receive "ACK"
    peer:receive("INVITE", 60)
    peer.session:dispose()
  end)

  it("waits with its re-INVITE while another one is pending", function()
    local peer = called "uac"
    sip.sleep(44)
    peer:send("INVITE", { "Session-Expires: 90;refresher=uas", TIMER }, SDP)
    local incoming = assert(peer.session:expect "INVITE")
    sip.sleep(5)
    assert.same({ "SIP/2.0 100" }, peer:received())
    incoming:accept { body = SDP }
    local accepted = peer:receive "SIP/2.0 200"
    assert.equal("90;refresher=uas", RawCall.header(accepted, "Session-Expires"))
    peer:send "ACK"
    local begun = sip.now()
    peer:receive("INVITE", 60)
    assert.near(45, sip.now() - begun, 0.01)
    peer.session:dispose()
  end)

  it("runs out with a BYE where the peer does not refresh", function()
    local peer = called "uas"
    assert_timer(peer.session, 90, "remote")
    local begun = sip.now()
    local bye = peer:receive("BYE", 100)
    assert.near(60, sip.now() - begun, 0.01) -- 90 less a third
    assert.equal("session expired", peer.session.cause)
    peer:answer(bye, "200 OK")
    sip.sleep(0.01)
  end)

  it("starts anew with each refresh of the peer", function()
    local peer = RawCall.calls(support.agent "bob", nil,
      { "Session-Expires: 90;refresher=uac", TIMER })
    assert.equal("90;refresher=uac", RawCall.header(peer.accepted, "Session-Expires"))
    assert.equal("timer", RawCall.header(peer.accepted, "Require"))
    for _ = 1, 3 do
      sip.sleep(50)
      peer:send("UPDATE", { "Session-Expires: 90;refresher=uac", TIMER })
      local text = peer:receive "SIP/2.0 200"
      assert.equal("90;refresher=uac", RawCall.header(text, "Session-Expires"))
    end
    peer:receive("BYE", 61)
  end)

  it("ends with a 2xx that says no more of it", function()
    local peer = called "uac"
    peer:answer(peer:receive("INVITE", 60), "200 OK", { ACCEPTED[2] })
    peer:receive "ACK"
    assert_timer(peer.session, nil, nil)
    sip.advance(200)
    assert.equal("confirmed", peer.session.state)
    peer.session:dispose()
  end)

  it("is ours alone where only a proxy has asked for it", function()
    local peer = RawCall.calls(support.agent "bob", nil, { "Session-Expires: 90" })
    assert.equal("90;refresher=uas", RawCall.header(peer.accepted, "Session-Expires"))
    assert.is_nil(RawCall.header(peer.accepted, "Require"))
    assert_timer(peer.session, 90, "local")
    peer.session:dispose()
  end)

  it("is never refused for who knows no timers", function()
    local peer = RawCall.calls(support.agent "bob", nil, { "Session-Expires: 10" })
    assert.equal("10;refresher=uas", RawCall.header(peer.accepted, "Session-Expires"))
    peer.session:dispose()
  end)

  it("is not asked for for ever: three times with a larger value, and not with a smaller",
    function()
      local alice, raw = support.agent "alice", support.socket()
      local function invite(refusals)
        local request = alice:invite("sip:raw@" .. raw.address, { session_expires = 100 })
        for _, least in ipairs(refusals) do
          local text, from = assert(raw:receive(1))
          assert.matches("^INVITE", text)
          raw:send(support.response_text(text, "422 Session Interval Too Small",
            { "Min-SE: " .. least }), from)
          assert.matches("^ACK", (raw:receive(1)))
        end
        assert.equal(422, assert(request:await(1)).status)
        assert.equal(#refusals, request.attempts)
      end
      invite { 200, 300, 400, 500 }
      invite { 200, 200 }
      invite { 50 }
    end)

  it("stops with the session", function()
    local peer = called "uac"
    peer:send "BYE"
    peer:receive "SIP/2.0 200"
    sip.advance(200)
    assert.same({}, peer:received())
    assert_timer(peer.session, nil, nil)
  end)
end)
