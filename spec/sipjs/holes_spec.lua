-- SPDX-License-Identifier: MIT
-- What SIP.js's own tests leave out: dispose, cancel in odd places, timers, repeats,
-- digest in its corners, late trouble, many forks.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

local function challenge(nonce, more)
  return { ('WWW-Authenticate: Digest realm="r", nonce="%s"%s'):format(nonce, more or "") }
end

local function proxy_challenge(nonce)
  return { ('Proxy-Authenticate: Digest realm="p", nonce="%s", qop="auth"'):format(nonce) }
end

local function cseq(text)
  return math.tointeger(tonumber(wire.header(text, "CSeq"):match "%d+"))
end

describe("untested upstream:", function()
  local alice

  before_each(function()
    support.virtual()
    alice = support.agent("alice", { username = "alice", password = "secret" })
  end)

  local function calling(options, more)
    return wire.callee(alice, "INVITE", options, more)
  end

  --- A call that stands, with a raw callee; its session, and what was told until then
  --- forgotten.
  local function called(options)
    local callee = calling()
    callee:answer("200 OK", options)
    callee:heard()
    callee.session = callee.request:await(0).session
    callee.told = {}
    return callee
  end

  describe("dispose", function()
    for _, state in ipairs { "calling", "proceeding", "done" } do
      it("in " .. state .. ": silence, whatever comes", function()
        local callee = calling()
        if state == "proceeding" then
          callee:answer "180 Ringing"
        elseif state == "done" then
          callee:answer "486 Busy Here"
        end
        local before = #callee.told
        callee.request:dispose()
        callee.request:dispose()
        callee:answer("183 Session Progress", { tag = "late" })
        callee:answer("200 OK", { tag = "late" })
        sip.sleep(60)
        assert.equal(before, #callee.told)
        assert.equal("disposed", callee.request.state)
      end)
    end

    it("stops repeats, timers and the CANCEL that waits", function()
      local callee = calling()
      local cancel = assert(callee.request:cancel())
      callee.request:dispose()
      sip.sleep(60)
      assert.same({}, callee:heard())
      assert.equal("disposed", cancel.state)
      assert.same({}, callee.told)
    end)

    it("leaves nothing behind", function()
      for _ = 1, 20 do
        calling().request:dispose()
      end
      sip.sleep(60)
      collectgarbage()
      collectgarbage()
      local left = sip.objects()
      assert.same({ 0, 0, 0 }, { left.requests, left.transactions, left.lingering })
    end)
  end)

  describe("cancel", function()
    it("twice: one CANCEL, one handle", function()
      local callee = calling()
      callee:answer "180 Ringing"
      local first = callee.request:cancel()
      assert.equal(first, callee.request:cancel "SIP;cause=1")
      assert.same({ "CANCEL" }, callee:heard())
      callee:answer("200 OK", { text = callee:latest "CANCEL" })
      sip.sleep(5)
      assert.same({}, callee:heard())
      assert.is_nil(wire.header(callee:latest "CANCEL", "Reason"))
    end)

    for name, status in pairs { ["a 200"] = "200 OK", ["a 486"] = "486 Busy Here" } do
      it("after " .. name .. ": nil, err, and nothing is sent", function()
        local callee = calling()
        callee:answer(status)
        assert.same({ "ACK" }, callee:heard())
        local cancel, err = callee.request:cancel()
        assert.is_nil(cancel)
        assert.equal("final", err.code)
        assert.same({}, callee:heard())
      end)
    end

    it("and a challenge: the request ends, the CANCEL is not lost to a retry", function()
      local callee = calling()
      callee.request:cancel()
      callee:answer "100 Trying"
      assert.same({ "CANCEL" }, callee:heard())
      callee:answer("401 Unauthorized", { headers = challenge "n1" })
      assert.same({ "ACK" }, callee:heard())
      assert.same({ "on_trying 100", "on_reject 401" }, callee.told)
      assert.equal(1, callee.request.attempts)
    end)

    it("and a challenge before any 1xx: no CANCEL, no retry", function()
      local callee = calling()
      local cancel = callee.request:cancel()
      callee:answer("407 Proxy Authentication Required", { headers = proxy_challenge "n1" })
      assert.same({ "ACK" }, callee:heard())
      assert.same({ "on_reject 407" }, callee.told)
      sip.sleep(40)
      assert.same({}, callee:heard())
      assert.equal("disposed", cancel.state)
    end)

    it("after the retry: of the second attempt, with its branch and CSeq", function()
      local callee = calling()
      callee:answer("401 Unauthorized", { headers = challenge "n1" })
      callee:heard()
      local again = callee:latest "INVITE"
      callee:answer("180 Ringing", { text = again })
      callee.request:cancel()
      callee:heard()
      local cancel = callee:latest "CANCEL"
      assert.equal(wire.header(again, "Via"), wire.header(cancel, "Via"))
      assert.equal(cseq(again), cseq(cancel))
      assert.is_nil(wire.header(cancel, "Authorization"))
    end)

    it("that is challenged itself is not tried again", function()
      local callee = calling()
      callee:answer "180 Ringing"
      local cancel = callee.request:cancel()
      callee:heard()
      callee:answer("401 Unauthorized", {
        text = callee:latest "CANCEL", headers = challenge "n1",
      })
      assert.same({}, callee:heard())
      assert.equal(401, cancel:await(0).status)
      assert.equal(1, cancel.attempts)
    end)
  end)

  describe("timers:", function()
    it("A doubles without a cap, B ends it at 64*T1", function()
      local callee = calling()
      local begun = sip.now()
      assert.equal("timeout:B", assert(callee.request:await(60)).cause)
      assert.near(32, sip.now() - begun, 0.01)
      assert.equal(6, #callee:heard())
    end)

    it("E is capped at T2, F ends it at 64*T1", function()
      local callee = wire.callee(alice, "FOO")
      local begun = sip.now()
      assert.equal("timeout:F", assert(callee.request:await(60)).cause)
      assert.near(32, sip.now() - begun, 0.01)
      assert.equal(10, #callee:heard())
      assert.same({ "on_reject 408" }, callee.told)
    end)

    it("F ends it in Proceeding, too", function()
      local callee = wire.callee(alice, "FOO")
      callee:answer "100 Trying"
      assert.equal("timeout:F", assert(callee.request:await(60)).cause)
      wire.settle()
      assert.same({ "on_trying 100", "on_reject 408" }, callee.told)
    end)

    it("a T1 of its own moves them all", function()
      local callee = wire.callee(alice, "FOO", { timers = { t1 = 0.1, t2 = 0.2 } })
      local begun = sip.now()
      assert(callee.request:await(60))
      assert.near(6.4, sip.now() - begun, 0.01)
      assert.equal(32, #callee:heard())
    end)

    it("G repeats a refusal, H gives up; L and M end what was accepted", function()
      local bob = support.agent("bob", { hold = 60, auto = { ack_timeout_bye = false } })
      local refused = wire.caller(bob, "INVITE")
      refused.incoming:reject(486)
      sip.sleep(33)
      assert.equal(11, #refused:heard())
      local accepted = wire.caller(bob, "INVITE", { call_id = "accepted" })
      accepted.incoming:accept()
      sip.sleep(33)
      assert.equal(11, #accepted:heard())
      assert.equal(0, sip.objects().transactions)
      local callee = calling()
      callee:answer "200 OK"
      callee:heard()
      sip.sleep(33)
      callee:answer "200 OK" -- no transaction repeats the ACK any more
      assert.same({}, callee:heard())
    end)
  end)

  describe("retransmission", function()
    it("of a request goes on after a lost one, with the same bytes", function()
      local callee = wire.callee(alice, "FOO")
      sip.sleep(1.6)
      assert.same({ "FOO", "FOO" }, callee:heard())
      assert.equal(callee.text, callee.texts[2])
      assert.equal(callee.text, callee.texts[3])
      callee:answer "200 OK"
      sip.sleep(10)
      assert.same({}, callee:heard())
      assert.same({ "on_accept 200" }, callee.told)
    end)
  end)

  describe("digest:", function()
    it("stale is answered with the new nonce, as often as it takes a new one", function()
      local callee = wire.callee(alice, "FOO")
      callee:answer("401 Unauthorized", { headers = challenge("n1", ', qop="auth"') })
      callee:heard()
      callee:answer("401 Unauthorized", {
        headers = challenge("n2", ', qop="auth", stale=true'), text = callee:latest "FOO",
      })
      assert.same({ "FOO" }, callee:heard())
      local credentials = wire.header(callee:latest "FOO", "Authorization")
      assert.matches('nonce="n2"', credentials, 1, true)
      assert.matches("nc=00000001", credentials, 1, true) -- counts by nonce
      callee:answer("200 OK", { text = callee:latest "FOO" })
      assert.same({ "on_accept 200" }, callee.told)
      assert.equal(3, callee.request.attempts)
    end)

    it("407 of a proxy, then 401 of the server: both are answered", function()
      local callee = calling()
      callee:answer("407 Proxy Authentication Required", { headers = proxy_challenge "p1" })
      callee:heard()
      callee:answer("401 Unauthorized", {
        headers = challenge "s1", text = callee:latest "INVITE",
      })
      callee:heard()
      local third = callee:latest "INVITE"
      assert.matches('nonce="p1"', wire.header(third, "Proxy-Authorization"), 1, true)
      assert.matches('nonce="s1"', wire.header(third, "Authorization"), 1, true)
      callee:answer("200 OK", { text = third })
      assert.same({ "on_accept 200" }, callee.told)
      assert.equal(3, callee.request.attempts)
    end)

    it("the same challenge again is a refusal: no loop", function()
      local callee = wire.callee(alice, "FOO")
      callee:answer("401 Unauthorized", { headers = challenge "n1" })
      callee:heard()
      callee:answer("401 Unauthorized", { headers = challenge "n2", text = callee:latest "FOO" })
      assert.same({}, callee:heard())
      assert.same({ "on_reject 401" }, callee.told)
    end)

    for _, method in ipairs { "INFO", "MESSAGE", "NOTIFY", "REFER", "UPDATE", "OPTIONS", "FOO" } do
      it("inside a dialog: the " .. method .. " after a retry has a CSeq of its own", function()
        local callee = called()
        local before = callee.session:request(method)
        callee:heard()
        local first = callee:latest(method)
        callee:answer("401 Unauthorized", { headers = challenge "n1", text = first })
        callee:heard()
        local second = callee:latest(method)
        assert.equal(cseq(first) + 1, cseq(second))
        callee:answer("200 OK", { text = second })
        assert.equal(200, before:await(0).status)
        callee.session:request(method)
        callee:heard()
        assert.equal(cseq(first) + 2, cseq(callee:latest(method)))
      end)
    end

    it("BYE inside a dialog is answered, too", function()
      local callee = called()
      local bye = callee.session:bye()
      callee:heard()
      callee:answer("401 Unauthorized", { headers = challenge "n1", text = callee:latest "BYE" })
      assert.same({ "BYE" }, callee:heard())
      callee:answer("200 OK", { text = callee:latest "BYE" })
      assert.equal(200, bye:await(0).status)
      assert.equal(2, bye.attempts)
    end)

    for _, method in ipairs { "INVITE", "FOO" } do
      it(("a duplicate of the first 401 does not hurt the %s that followed"):format(method),
        function()
          local callee = wire.callee(alice, method)
          callee:answer("401 Unauthorized", { headers = challenge "n1" })
          callee:heard()
          callee:answer("401 Unauthorized", { headers = challenge "n1" })
          local heard = callee:heard()
          assert.same(method == "INVITE" and { "ACK" } or {}, heard)
          assert.same({}, callee.told)
          callee:answer("200 OK", { text = callee:latest(method) })
          assert.same({ "on_accept 200" }, callee.told)
        end)
    end

    it("the ACK of a 2xx carries the credentials of its INVITE", function()
      local callee = calling()
      callee:answer("407 Proxy Authentication Required", { headers = proxy_challenge "p1" })
      callee:heard()
      local again = callee:latest "INVITE"
      callee:answer("200 OK", { text = again })
      callee:heard()
      local ack = callee:latest "ACK"
      assert.equal(wire.header(again, "Proxy-Authorization"),
        wire.header(ack, "Proxy-Authorization"))
      assert.equal(cseq(again), cseq(ack))
    end)
  end)

  describe("ACK:", function()
    it("of a refusal has every Route of its INVITE, and its Request-URI as it was", function()
      local callee = support.socket()
      local here = ("<sip:%s;lr>"):format(callee.address)
      local request = assert(alice:invite("sip:Bob@EXAMPLE.com", {
        route = here, headers = { insert = { { "Route", "<sip:two@b.example;lr>" } } },
      }))
      local invite = assert(callee:receive(1))
      callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
      local ack = assert(callee:receive(1))
      assert.equal(486, assert(request:await(1)).status)
      assert.same({ here, "<sip:two@b.example;lr>" }, wire.headers(ack, "Route"))
      assert.matches("^ACK sip:Bob@EXAMPLE.com SIP/2.0\r\n", ack)
      assert.matches("^INVITE sip:Bob@EXAMPLE.com SIP/2.0\r\n", invite)
    end)

    it("of a 2xx goes the way of its Record-Route", function()
      local callee, proxy = calling(), support.socket()
      callee:answer("200 OK", { headers = {
        "Record-Route: <sip:far.example;lr>", ("Record-Route: <sip:%s;lr>"):format(proxy.address),
      } })
      local ack = assert(proxy:receive(1))
      assert.matches(("^ACK %s SIP/2.0\r\n"):format(callee.uri), ack)
      assert.same({ ("<sip:%s;lr>"):format(proxy.address), "<sip:far.example;lr>" },
        wire.headers(ack, "Route"))
      assert.same({}, callee:heard())
    end)
  end)

  describe("late trouble", function()
    it("is told to on_error: the outcome stays one", function()
      local callee = calling()
      callee:answer("200 OK", { contact = "<sip:bob@127.0.0.1;transport=tcp>" })
      sip.sleep(1)
      assert.same({ "on_accept 200", "on_error" }, callee.told)
      assert.equal(200, callee.request:await(0).status)
    end)

    it("a real 408 is a real one", function()
      for _, method in ipairs { "INVITE", "FOO" } do
        local callee = wire.callee(alice, method)
        callee:answer("408 Request Timeout", { headers = { "X-Real: yes" } })
        local response = assert(callee.request:await(0))
        assert.is_false(response.synthetic)
        assert.is_nil(response.cause)
        assert.equal("yes", response.message:header "X-Real")
      end
    end)
  end)

  describe("a delegate that throws", function()
    it("is reported, and the request goes on to its outcome", function()
      local errors = support.errors()
      local function throw() error "on purpose" end
      local callee = calling(nil, { on_trying = throw, on_progress = throw, on_accept = throw })
      callee:answer "100 Trying"
      callee:answer "180 Ringing"
      callee:answer "200 OK"
      assert.equal(3, #errors)
      assert.same({ "ACK" }, callee:heard())
      assert.equal("confirmed", callee.request:await(0).session.state)
    end)

    it("at a timeout leaves nothing behind", function()
      local errors = support.errors()
      calling(nil, { on_reject = function() error "on purpose" end })
      sip.sleep(40)
      assert.equal(1, #errors)
      assert.matches("on purpose", errors[1], 1, true)
      assert.equal(0, sip.objects().transactions)
    end)
  end)

  describe("forks:", function()
    it("five ring, three answer: each has its session; the losers get ACK and BYE", function()
      local sessions = {}
      local callee = calling(nil, { on_accept = function(response)
        sessions[#sessions + 1] = response.session
      end })
      for i = 1, 5 do
        callee:answer("180 Ringing", { tag = "t" .. i })
      end
      local early = assert(callee.request:expect(function(response)
        return response.message.to_tag == "t5"
      end)).session
      for _, i in ipairs { 2, 4, 1 } do
        callee:answer("200 OK", { tag = "t" .. i })
      end
      assert.same({ "ACK", "ACK", "BYE", "ACK", "BYE" }, callee:heard())
      local tags = {}
      for i, session in ipairs(sessions) do
        tags[i] = session.remote_tag
      end
      assert.same({ "t2", "t4", "t1" }, tags)
      assert.equal("t2", callee.request:await(0).session.remote_tag)
      assert.equal("early", early.state)
      sip.sleep(33)
      assert.equal("not chosen", early.cause)
      assert.equal("confirmed", sessions[1].state)
    end)

    it("of a 2xx that nobody wants ended: fork_bye = false leaves each standing", function()
      local callee = calling { auto = { fork_bye = false } }
      for i = 1, 3 do
        callee:answer("200 OK", { tag = "t" .. i })
      end
      assert.same({ "ACK", "ACK", "ACK" }, callee:heard())
    end)
  end)

  describe("RSeq:", function()
    local function ring(callee, rseq)
      callee:answer("183 Session Progress", { headers = { "Require: 100rel", "RSeq: " .. rseq } })
    end

    it("a gap is told with its problem, without a PRACK; what was missing mends it", function()
      local problems = {}
      local callee = calling(nil, { on_progress = function(response)
        problems[#problems + 1] = table.concat(response.problems, " ")
      end })
      for _, rseq in ipairs { 10, 12, 11 } do
        ring(callee, rseq)
      end
      assert.same({ "PRACK", "PRACK" }, callee:heard())
      assert.equal("11 1 INVITE", wire.header(callee:latest "PRACK", "RAck"))
      assert.same({ "", "bad-rseq", "" }, problems)
    end)
  end)

  describe("headers:", function()
    local LINES <const> = { "X-C: 1", "X-A: 2", "X-B: 3", "X-A: 4" }
    local ORDER <const> = "\r\nX%-C: 1\r\nX%-A: 2\r\nX%-B: 3\r\nX%-A: 4\r\n"

    it("a Reason goes out as it was given", function()
      for _, reason in ipairs { 'SIP;cause=200;text="elsewhere"', "whatever", "Q.850;cause=16" } do
        local callee = calling()
        callee:answer "180 Ringing"
        callee.request:cancel(reason)
        callee:heard()
        assert.same({ reason }, wire.headers(callee:latest "CANCEL", "Reason"))
      end
      local callee = called()
      callee.session:bye { extra_headers = { "Reason: Q.850;cause=16" } }
      callee:heard()
      assert.equal("Q.850;cause=16", wire.header(callee:latest "BYE", "Reason"))
    end)

    it("extra_headers keep their order: INVITE and its retry, CANCEL, ACK, BYE", function()
      local callee = calling { extra_headers = LINES }
      assert.matches(ORDER, callee.text)
      callee:answer("401 Unauthorized", { headers = challenge "n1" })
      callee:heard()
      assert.matches(ORDER, callee:latest "INVITE")
      callee:answer("180 Ringing", { text = callee:latest "INVITE" })
      callee.request:cancel(nil, { extra_headers = LINES })
      callee:heard()
      assert.matches(ORDER, callee:latest "CANCEL")
      local other = calling(nil, {
        on_accept = function(response) response:ack { extra_headers = LINES } end,
      })
      other:answer "200 OK"
      other:heard()
      assert.matches(ORDER, other:latest "ACK")
      other.request:await(0).session:bye { extra_headers = LINES }
      other:heard()
      assert.matches(ORDER, other:latest "BYE")
    end)
  end)
end)
