-- SPDX-License-Identifier: MIT
-- REFER (RFC 3515): inside a session and outside, its subscription on both
-- sides, Refer-Sub (RFC 4488), and the Replaces of an attended transfer.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local CAROL <const> = "sip:carol@127.0.0.1:5999"

describe("a REFER", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  describe("outside of dialogs", function()
    it("carries Refer-To and makes a subscription of the NOTIFYs", function()
      local refer = assert(alice:refer(support.uri(bob), CAROL, { extra_headers = { "X: 1" } }))
      assert.equal("OutgoingReferRequest", sip.type(refer))
      local incoming = assert(bob:expect "REFER")
      assert.equal("<" .. CAROL .. ">", incoming.refer_to)
      assert.equal("1", incoming.message:header "X")
      local s = assert(incoming:accept())
      assert.equal("Subscription", sip.type(s))
      assert.equal("notifier", s.role)
      assert.equal("refer", s.event)
      assert.equal(tostring(refer.message.cseq), s.id)
      assert.near(180, s.expires, 1)
      assert.equal(202, assert(refer:await(2)).status)

      assert(s:notify { body = "SIP/2.0 100 Trying" }:expect "2xx")
      local first = assert(refer:expect "NOTIFY")
      assert.equal("refer", first.message:header "Event")
      assert.equal("active;expires=180", first.message:header "Subscription-State")
      assert.equal("message/sipfrag;version=2.0", first.message:header "Content-Type")
      assert.equal("SIP/2.0 100 Trying", first.message.body)
      local at_alice = refer.subscription
      assert.equal("subscriber", at_alice.role)
      assert.equal("active", at_alice.state)

      assert(s:notify { state = "terminated", reason = "noresource", body = "SIP/2.0 200 OK" }
        :expect "2xx")
      assert.equal("SIP/2.0 200 OK", assert(refer:expect "NOTIFY").message.body)
      assert.equal("terminated", at_alice.state)
      assert.equal("noresource", at_alice.reason)
      assert.equal(0, sip.objects().dialogs)
    end)

    it("takes a whole Refer-To, and a type of body of the script's own", function()
      local refer = assert(alice:refer(support.uri(bob), '"C" <' .. CAROL .. ";method=BYE>;x=y"))
      local incoming = assert(bob:expect "REFER")
      assert.equal('"C" <' .. CAROL .. ";method=BYE>;x=y", incoming.refer_to)
      local s = incoming:accept { expires = 20 }
      assert.equal(20, math.ceil(s.expires))
      s:notify { body = { "x", "text/plain" } }
      assert.same({ "text/plain" }, assert(refer:expect "NOTIFY").message:headers "Content-Type")
    end)

    it("is refused where nobody takes it", function()
      bob = support.agent("bob", { hold = 0 })
      assert(alice:refer(support.uri(bob), CAROL):expect(603))
      local refused = alice:refer(support.uri(bob), CAROL)
      local notify, err = refused:expect "NOTIFY"
      assert.is_nil(notify)
      assert.equal("unexpected", err.code)
    end)

    it("hears a NOTIFY with the CSeq as id, and 481 is for another id", function()
      local notifier = support.socket()
      local refer = assert(alice:refer("sip:n@" .. notifier.address, CAROL))
      local text = assert(notifier:receive(2))
      local function notify(event, cseq)
        notifier:send((support.request_text("NOTIFY", {
          uri = "sip:alice@" .. alice.address, from = notifier.address, cseq = cseq,
          call_id = text:match "\r\nCall%-ID: ([^\r]+)",
          to = text:match "\r\nFrom: ([^\r]+)",
          headers = { "Event: " .. event, "Subscription-State: active" },
        })), alice.address)
        return assert(notifier:receive(2)):match "^SIP/2.0 (%d+)"
      end
      assert.equal("481", notify("refer;id=77", 1))
      assert.equal("481", notify("presence", 2))
      assert.equal("200", notify("refer;id=" .. refer.message.cseq, 3))
      assert.equal("200", notify("refer", 4))
      assert.equal("481", notify("refer;id=77", 5))
      assert.equal(1, #refer.subscriptions)
    end)

    it("that is answered Refer-Sub: false has no subscription, and no Timer N", function()
      support.virtual()
      local timeouts = 0
      local refer = assert(alice:refer(support.uri(bob), CAROL, {
        extra_headers = { "Refer-Sub: false" },
      }, { on_notify_timeout = function() timeouts = timeouts + 1 end }))
      local incoming = assert(bob:expect "REFER")
      assert.equal(incoming, incoming:accept())
      assert.is_nil(incoming.subscription)
      assert.equal("false", assert(refer:expect(202)).message:header "Refer-Sub")
      sip.sleep(60)
      assert.equal(0, timeouts)
      assert.is_nil(refer.subscription)
    end)

    it("that is answered Refer-Sub: true all the same has one", function()
      local refer = assert(alice:refer(support.uri(bob), CAROL, {
        extra_headers = { "Refer-Sub: false" },
      }))
      local s = assert(bob:expect "REFER"):accept { extra_headers = { "Refer-Sub: true" } }
      assert.equal("Subscription", sip.type(s))
      assert(s:notify())
      assert(refer:expect "NOTIFY")
    end)

    it("has Timer N without a NOTIFY", function()
      support.virtual()
      local timeouts = 0
      local refer = assert(alice:refer(support.uri(bob), CAROL, {},
        { on_notify_timeout = function() timeouts = timeouts + 1 end }))
      assert(bob:expect "REFER"):accept()
      assert(refer:expect "2xx")
      sip.sleep(31)
      assert.equal(0, timeouts)
      sip.sleep(2)
      assert.equal(1, timeouts)
    end)
  end)

  describe("in a session", function()
    it("shares its dialog: Event: refer;id=CSeq", function()
      local a, b = support.call(alice, bob)
      local refer = assert(a:refer(CAROL))
      assert.equal("init", refer.subscription.state)
      local incoming = assert(b:expect "REFER")
      assert.equal(b, incoming.session)
      local s = incoming:accept()
      assert(refer:expect(202))
      assert.equal(b.remote_tag, s.remote_tag)
      assert(s:notify { body = "SIP/2.0 180 Ringing" }:expect "2xx")
      local notify = assert(refer:expect "NOTIFY")
      assert.equal("refer;id=" .. refer.message.cseq, notify.message:header "Event")
      assert.equal(refer.subscription, notify.subscription)
      assert.equal("active", refer.subscription.state)
      assert.is_nil((a:expect("NOTIFY", { timeout = 0 })))
      assert(s:notify { state = "terminated", body = "SIP/2.0 200 OK" }:expect "2xx")
      assert.equal("terminated", refer.subscription.state)
      assert.equal("confirmed", a.state)
      assert(a:bye():expect "2xx")
    end)

    it("tells two of them apart; without an id it is the first", function()
      local a, b = support.call(alice, bob)
      local first = assert(a:refer(CAROL))
      local at_first = assert(b:expect "REFER"):accept()
      local second = assert(a:refer(CAROL))
      local at_second = assert(b:expect "REFER"):accept()
      assert(at_second:notify { body = "2" }:expect "2xx")
      assert.equal("2", assert(second:expect "NOTIFY").message.body)
      assert(at_second:notify { body = "1", event = "refer" }:expect "2xx")
      assert.equal("1", assert(first:expect "NOTIFY").message.body)
      assert(at_first:notify { state = "terminated" }:expect "2xx")
      assert(at_second:notify { state = "terminated" }:expect "2xx")
      assert(a:bye():expect "2xx")
      sip.sleep(0.01)
      assert.equal(0, sip.objects().dialogs)
    end)

    it("leaves a NOTIFY that belongs to no subscription to the session", function()
      local a, b = support.call(alice, bob)
      assert(a:refer(CAROL))
      assert(b:expect "REFER"):accept()
      assert(b:notify { event = "talk" }:expect "2xx")
      assert.equal("talk", assert(a:expect "NOTIFY").message:header "Event")
      assert(a:bye():expect "2xx")
    end)

    it("goes on when the session is over", function()
      local a, b = support.call(alice, bob)
      local refer = assert(a:refer(CAROL))
      local s = assert(b:expect "REFER"):accept()
      assert(refer:expect "2xx")
      assert(a:bye():expect "2xx")
      sip.sleep(0.01)
      assert.equal("ended", b.state)
      assert(s:notify { state = "terminated", body = "SIP/2.0 200 OK" }:expect "2xx")
      assert.equal("SIP/2.0 200 OK", assert(refer:expect "NOTIFY").message.body)
      sip.sleep(0.01)
      assert.equal(0, sip.objects().dialogs)
    end)

    it("has the CSeq of its last attempt as id", function()
      alice = support.agent("alice", { password = "secret" })
      local a, b = support.call(alice, bob)
      local server = sip.digest_server { realm = "r" }
      local refer = assert(a:refer(CAROL))
      assert(b:expect "REFER"):reply(401, {
        extra_headers = { "WWW-Authenticate: " .. server:challenge() },
      })
      local s = assert(b:expect "REFER"):accept()
      assert(refer:expect(202))
      assert.equal(2, refer.attempts)
      assert(s:notify { state = "terminated" }:expect "2xx")
      assert.equal("refer;id=" .. refer.message.cseq,
        assert(refer:expect "NOTIFY").message:header "Event")
      assert.equal(tostring(refer.message.cseq), refer.subscription.id)
      assert(a:bye():expect "2xx")
    end)

    it("refused or declined has no subscription any more", function()
      local a, b = support.call(alice, bob)
      local refer = assert(a:refer(CAROL))
      assert(b:expect "REFER"):reject(603)
      assert(refer:expect(603))
      assert.equal("terminated", refer.subscription.state)
      assert.equal("603", refer.subscription.cause)
      refer = assert(a:refer(CAROL, { extra_headers = { "Refer-Sub: false" } }))
      assert(b:expect "REFER"):accept()
      assert(refer:expect(202))
      assert.equal("no notify", refer.subscription.cause)
      assert(a:bye():expect "2xx")
    end)

    it("tells its delegate", function()
      local a, b = support.call(alice, bob)
      local bodies = {}
      b.delegate = { on_refer = function(incoming)
        local s = incoming:accept()
        s:notify { body = "SIP/2.0 100 Trying" }
        s:notify { state = "terminated", body = "SIP/2.0 503 No" }
      end }
      local refer = assert(a:refer(CAROL, {}, {
        on_notify = function(incoming, s)
          assert.equal("refer", s.event)
          bodies[#bodies + 1] = incoming.message.body
        end,
      }))
      assert(refer:await(2))
      sip.sleep(0.05)
      assert.same({ "SIP/2.0 100 Trying", "SIP/2.0 503 No" }, bodies)
      assert(a:bye():expect "2xx")
    end)

    it("disposed takes its subscription along while no NOTIFY came", function()
      local a, b = support.call(alice, bob)
      local refer = assert(a:refer(CAROL))
      local s = assert(b:expect "REFER"):accept()
      refer:dispose()
      -- the session's, as before
      assert(s:notify():expect "2xx")
      assert(a:expect "NOTIFY")
      assert(s:notify { state = "terminated" }:expect "2xx")
      assert(a:bye():expect "2xx")
    end)
  end)

  it("to a session makes the Replaces of an attended transfer (RFC 3891)", function()
    local carol = support.agent "carol"
    local a_b, b_a = support.call(alice, bob)
    local a_c, c_a = support.call(alice, carol)
    local refer = assert(a_b:refer(a_c))
    local incoming = assert(b_a:expect "REFER")
    local uri, replaces = incoming.refer_to:match "^<(sip:[^?]+)%?Replaces=([^>]+)>$"
    assert.equal(support.uri(carol, "carol"), uri)
    assert.equal(("%s;to-tag=%s;from-tag=%s"):format(a_c.call_id, c_a.local_tag, c_a.remote_tag),
      (replaces:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end)))
    assert.is_nil(replaces:find "[;=@]")

    local s = incoming:accept()
    assert(s:notify { body = "SIP/2.0 100 Trying" })
    -- the value goes into an INVITE as it is: its header becomes a line
    local invite = assert(bob:invite(incoming.refer_to, { body = sip.sdp() }))
    assert.equal(uri, invite.message.uri)
    assert.equal("<" .. uri .. ">", invite.message:header "To")
    assert.equal(("%s;to-tag=%s;from-tag=%s"):format(a_c.call_id, c_a.local_tag, c_a.remote_tag),
      invite.message:header "Replaces")
    local moved = assert(carol:expect "INVITE"):accept { body = sip.sdp() }
    local b_c = assert(invite:expect "2xx").session
    assert(s:notify { state = "terminated", reason = "noresource", body = "SIP/2.0 200 OK" })
    assert(refer:expect "NOTIFY")
    assert.equal("SIP/2.0 200 OK", assert(refer:expect "NOTIFY").message.body)
    assert(a_b:bye():expect "2xx")
    assert(moved:expect "ACK")
    assert(b_c:bye():expect "2xx")
    if a_c.state == "confirmed" then
      a_c:bye():await(2)
    end
  end)

  it("takes no header of a URI that is not the URI's to give (RFC 3261 19.1.5)", function()
    local request = assert(alice:message(support.uri(bob) ..
      "?Subject=a%20b%0D%0AX-Evil:%201&Route=%3Csip:127.0.0.1:9%3E&f=me&Priority=urgent", {
      extra_headers = { "Priority: normal" },
    }))
    local message = assert(bob:expect "MESSAGE").message
    assert.equal("a b  X-Evil: 1", message:header "Subject")
    assert.is_nil(message:header "X-Evil")
    assert.is_nil(message:header "Route")
    assert.same({ "normal" }, message:headers "Priority")
    assert.matches("<sip:alice@", message.from, 1, true)
    assert.equal(support.uri(bob), request.message.uri)
  end)

  it("wants to know where to: wrong use raises", function()
    assert.has_error(function() alice:refer(support.uri(bob)) end)
    assert.has_error(function() alice:refer(support.uri(bob), {}) end)
  end)
end)
