-- SPDX-License-Identifier: MIT
-- SUBSCRIBE as the notifier sees it (RFC 6665): what accepting one makes, its
-- NOTIFYs, refresh, expiry. The subscriber is another agent, or a raw socket.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an accepted SUBSCRIBE", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  --- Both sides of a subscription that stands; nothing is left in a mailbox.
  local function stand(options, answer)
    options = options or {}
    options.event = options.event or "presence"
    options.expires = options.expires or 600
    local request = assert(alice:subscribe(support.uri(bob), options))
    local incoming = assert(bob:expect "SUBSCRIBE")
    local at_bob = assert(incoming:accept(answer))
    assert(request:expect "2xx")
    assert(assert(at_bob:notify { state = "active" }):expect "2xx")
    assert(request:expect "NOTIFY")
    return request.subscription, at_bob, request
  end

  it("gives a subscription, and says for how long", function()
    local request = assert(alice:subscribe(support.uri(bob), {
      event = "dialog;id=3", expires = 300,
    }))
    local incoming = assert(bob:expect "SUBSCRIBE")
    assert.is_nil(incoming.subscription)
    local s = assert(incoming:accept())
    assert.equal("Subscription", sip.type(s))
    assert.equal(s, incoming.subscription)
    assert.equal("notifier", s.role)
    assert.equal("dialog", s.event)
    assert.equal("3", s.id)
    assert.equal("init", s.state)
    assert.near(300, s.expires, 1)
    assert.equal(("Subscription (notifier of dialog, init, Call-ID %s)"):format(s.call_id),
      tostring(s))
    local response = assert(request:expect(200))
    assert.equal("300", response.message:header "Expires")
    assert.equal("<" .. support.uri(bob) .. ">", response.message:header "Contact")
  end)

  for _, case in ipairs {
    { 300, nil, "300" }, { 300, 60, "60" }, { 60, 300, "60" }, { false, nil, "3600" },
    { false, 90, "90" },
  } do
    it(("lasts %s s where %s are asked for and %s is the most"):format(
      case[3], case[1] or "none", case[2] or "nothing"), function()
      local request = assert(alice:subscribe(support.uri(bob), {
        event = "presence", expires = case[1] or nil,
      }))
      local s = assert(bob:expect "SUBSCRIBE"):accept { expires = case[2] }
      assert.equal(case[3], assert(request:expect(200)).message:header "Expires")
      assert.near(tonumber(case[3]), s.expires, 1)
    end)
  end

  it("goes by the Expires that the script has put into its answer", function()
    local request = assert(alice:subscribe(support.uri(bob), { event = "presence", expires = 300 }))
    local s = assert(bob:expect "SUBSCRIBE"):accept { extra_headers = { "Expires: 40" } }
    assert.same({ "40" }, assert(request:expect(200)).message:headers "Expires")
    assert.near(40, s.expires, 1)
  end)

  it("sends no NOTIFY but the script's", function()
    support.virtual()
    local request = assert(alice:subscribe(support.uri(bob), { event = "presence", expires = 600 }))
    assert(bob:expect "SUBSCRIBE"):accept()
    assert(request:expect(200))
    local none, err = request:expect("NOTIFY", { timeout = 10 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
  end)

  it("notifies: Event, Subscription-State, body", function()
    local _, s, request = stand { event = "presence;id=4" }
    local notify = assert(s:notify {
      state = "pending", body = { "<presence/>", "application/pidf+xml" },
    })
    assert.equal("OutgoingNotifyRequest", sip.type(notify))
    assert.equal("pending", s.state)
    local incoming = assert(request:expect "NOTIFY")
    assert.equal("presence;id=4", incoming.message:header "Event")
    assert.equal("pending;expires=600", incoming.message:header "Subscription-State")
    assert.equal("application/pidf+xml", incoming.message:header "Content-Type")
    assert.equal("<presence/>", incoming.message.body)
    assert.is_nil(incoming.message:header "Expires")
    assert.equal(200, assert(notify:await(2)).status)
    assert.equal("pending", request.subscription.state)
  end)

  it("is active where nothing else is said, and as long as is left", function()
    support.virtual()
    local at_alice, s = stand()
    sip.sleep(100)
    assert(assert(s:notify()):expect "2xx")
    local incoming = assert(at_alice:expect "NOTIFY")
    assert.equal("active;expires=500", incoming.message:header "Subscription-State")
    assert.near(500, s.expires, 0.1)
    assert(assert(s:notify { expires = 30 }):expect "2xx")
    assert.near(30, s.expires, 0.1)
    assert.near(30, at_alice.expires, 0.1)
  end)

  it("is ended by a NOTIFY that says so, with reason and retry-after", function()
    local at_alice, s = stand()
    local causes = {}
    s.delegate = { on_end = function(cause) causes[#causes + 1] = "notifier " .. cause end }
    at_alice.delegate = { on_end = function(cause)
      causes[#causes + 1] = "subscriber " .. cause
    end }
    local last = assert(s:notify { state = "terminated", reason = "probation", retry_after = 20 })
    assert.equal("terminated", s.state)
    local again, err = s:notify()
    assert.is_nil(again)
    assert.equal("state", err.code)
    assert.equal("terminated;reason=probation;retry-after=20",
      assert(at_alice:expect "NOTIFY").message:header "Subscription-State")
    assert(last:expect "2xx")
    sip.sleep(0.01)
    assert.same({ "subscriber terminated", "notifier terminated" }, causes)
    assert.equal("probation", at_alice.reason)
    assert.equal(20, at_alice.retry_after)
    assert.equal(0, sip.objects().dialogs)
  end)

  it("is renewed by a SUBSCRIBE, which the engine accepts", function()
    support.virtual()
    local at_alice, s = stand()
    sip.sleep(500)
    local renewal = assert(at_alice:subscribe { expires = 200 })
    assert.equal("200", assert(renewal:expect(200)).message:header "Expires")
    assert.near(200, s.expires, 1)
    assert.equal("SUBSCRIBE", assert(s:expect("SUBSCRIBE", { timeout = 0 })).method)
    assert(s:notify())
    sip.sleep(150)
    assert.equal("active", s.state)
  end)

  it("is renewed as on_subscribe likes", function()
    local at_alice, s = stand()
    s.delegate = { on_subscribe = function(incoming)
      assert.equal(s, incoming.subscription)
      assert.equal(s, incoming:accept { expires = 10 })
      s:notify()
    end }
    assert.equal("10", assert(at_alice:subscribe():expect(200)).message:header "Expires")
    assert.near(10, s.expires, 1)
    s.delegate = { on_subscribe = function(incoming) incoming:reject(480) end }
    assert(at_alice:subscribe():expect(480))
    sip.sleep(0.01)
    assert.equal("480", at_alice.cause)
    assert.equal("active", s.state)
  end)

  it("is answered by the script alone with subscribe = false", function()
    support.virtual()
    bob = support.agent("bob", { auto = { subscribe = false } })
    local at_alice, s = stand()
    local renewal = assert(at_alice:subscribe())
    local incoming = assert(s:expect "SUBSCRIBE")
    assert.is_nil((renewal:expect("2xx", { timeout = 3 })))
    assert(incoming:accept { expires = 5 })
    assert(renewal:expect "2xx")
    sip.sleep(6)
    assert.equal("expired", s.cause)
    assert.is_nil((at_alice:expect("NOTIFY", { timeout = 0 })))
  end)

  it("is ended by the engine's NOTIFY when the subscriber wants no more", function()
    local at_alice, s = stand()
    local last = assert(at_alice:unsubscribe())
    assert.equal("0", assert(last:expect "2xx").message:header "Expires")
    assert.equal("terminated;reason=timeout",
      assert(at_alice:expect "NOTIFY").message:header "Subscription-State")
    sip.sleep(0.01)
    assert.equal("terminated", at_alice.state)
    assert.equal("unsubscribed", s.cause)
  end)

  it("lets the script send that last NOTIFY", function()
    local at_alice, s = stand()
    s.delegate = { on_subscribe = function(incoming)
      incoming:accept()
      s:notify { state = "terminated", reason = "timeout", body = { "bye", "text/plain" } }
    end }
    assert(at_alice:unsubscribe():expect "2xx")
    assert.equal("bye", assert(at_alice:expect "NOTIFY").message.body)
    sip.sleep(0.01)
    assert.is_nil((at_alice:expect("NOTIFY", { timeout = 0 })))
    assert.equal("unsubscribed", s.cause)
  end)

  it("answers a fetch, Expires: 0, with one NOTIFY", function()
    local request = assert(alice:subscribe(support.uri(bob), { event = "presence", expires = 0 }))
    local s = assert(bob:expect "SUBSCRIBE"):accept()
    assert.equal("terminated;reason=timeout",
      assert(request:expect "NOTIFY").message:header "Subscription-State")
    assert(request:expect "2xx")
    sip.sleep(0.01)
    assert.equal("terminated", request.subscription.state)
    assert.equal("unsubscribed", s.cause)
  end)

  it("expires with a NOTIFY", function()
    support.virtual()
    local at_alice, s = stand { expires = 60 }
    sip.sleep(59)
    assert.equal("active", s.state)
    sip.sleep(1.1)
    assert.equal("expired", s.cause)
    assert.equal("terminated", at_alice.state)
    assert.equal("terminated;reason=timeout",
      assert(at_alice:expect("NOTIFY", { timeout = 0 })).message:header "Subscription-State")
    assert.equal("timeout", at_alice.reason)
  end)

  for _, case in ipairs { { 481, true }, { 489, true }, { 500, false }, { 603, false } } do
    it(("%s a %d to its NOTIFY"):format(case[2] and "ends by" or "survives", case[1]), function()
      local at_alice, s = stand()
      at_alice.delegate = { on_notify = function(incoming) incoming:reject(case[1]) end }
      assert(assert(s:notify()):expect(case[1]))
      sip.sleep(0.01)
      assert.equal(case[2] and "terminated" or "active", s.state)
      assert.equal(case[2] and tostring(case[1]) or nil, s.cause)
    end)
  end

  it("ends when a NOTIFY gets no answer", function()
    support.virtual()
    alice = support.agent("alice", { auto = { notify = false } })
    local request = assert(alice:subscribe(support.uri(bob), { event = "presence", expires = 600 }))
    local s = assert(bob:expect "SUBSCRIBE"):accept()
    local notify = assert(s:notify())
    assert.equal(408, assert(notify:await(40)).status)
    sip.sleep(0)
    assert.equal("408", s.cause)
    assert(request:expect "NOTIFY")
  end)

  it("survives a challenge of its NOTIFY, the last one too", function()
    bob = support.agent("bob", { username = "bob", password = "secret" })
    local subscriber = support.socket()
    subscriber:send(support.request_text("SUBSCRIBE", {
      uri = support.uri(bob), from = subscriber.address,
      headers = { "Event: presence", "Expires: 60" },
    }), bob.address)
    local s = assert(bob:expect "SUBSCRIBE"):accept()
    assert.matches("^SIP/2.0 200 ", assert(subscriber:receive(2)))
    local server = sip.digest_server { realm = "r" }
    for _, state in ipairs { "active", "terminated" } do
      local notify = assert(s:notify { state = state, auto = { preempt = false } })
      local text = assert(subscriber:receive(2))
      subscriber:send(support.response_text(text, "401 Unauthorized",
        { "WWW-Authenticate: " .. server:challenge() }), bob.address)
      text = assert(subscriber:receive(2))
      assert.matches("\r\nAuthorization: Digest username=\"bob\"", text, 1, true)
      subscriber:send(support.response_text(text, "200 OK"), bob.address)
      assert.equal(200, assert(notify:await(2)).status)
    end
    sip.sleep(0.01)
    assert.equal("terminated", s.cause)
  end)

  it("has 481 for a SUBSCRIBE behind its end, or with another id", function()
    local at_alice, s = stand()
    assert(at_alice:request("SUBSCRIBE", { event = "presence;id=9" }))
    local other = assert(s:expect "SUBSCRIBE")
    local second = assert(other:accept())
    assert.not_equal(s, second)
    assert.equal("9", second.id)
    assert(s:notify { state = "terminated" }:expect "2xx")
    assert(second:notify { state = "terminated" }:expect "2xx")
    assert.equal(0, sip.objects().dialogs)
  end)

  it("keeps two subscriptions of one dialog apart", function()
    local at_alice, s = stand { event = "foo;id=1" }
    local request = assert(at_alice:request("SUBSCRIBE", { event = "foo;id=2", expires = 60 }))
    local second = assert(s:expect "SUBSCRIBE"):accept()
    assert(request:expect "2xx")
    assert.equal("init", request.subscription.state)
    assert(second:notify { body = { "two", "text/plain" } })
    assert.equal("two", assert(request:expect "NOTIFY").message.body)
    assert(s:notify { body = { "one", "text/plain" } })
    assert.equal("one", assert(at_alice:expect "NOTIFY").message.body)
    assert.equal(s.remote_tag, second.remote_tag)
    assert(s:notify { state = "terminated" }:expect "2xx")
    assert.equal("active", request.subscription.state)
    assert.equal("terminated", at_alice.state)
  end)

  it("gets a NOTIFY at will: lines, edits, an Event of another", function()
    local at_alice, s = stand()
    assert(s:notify { event = "other" }:expect(481))
    sip.sleep(0.01)
    assert.equal("481", s.cause)
    assert.equal("active", at_alice.state)
  end)

  it("is silent with dispose", function()
    local at_alice, s = stand()
    s:dispose()
    assert.equal("disposed", s.cause)
    assert(at_alice:subscribe():expect(481))
    sip.sleep(0.01)
    assert.equal("481", at_alice.cause)
  end)

  it("refuses what is the subscriber's", function()
    local _, s = stand()
    local ok, err = pcall(s.subscribe, s)
    assert.is_false(ok)
    assert.matches("subscribe is the subscriber's: this is the notifier", err, 1, true)
    ok, err = pcall(s.notify, s, { staet = "active" })
    assert.is_false(ok)
    assert.matches('did you mean "state"?', err, 1, true)
  end)

  it("is not made by a SUBSCRIBE without Event, nor by a refusal", function()
    alice:request("SUBSCRIBE", support.uri(bob))
    local incoming = assert(bob:expect "SUBSCRIBE")
    assert.equal(incoming, incoming:accept())
    assert.is_nil(incoming.subscription)
    alice:subscribe(support.uri(bob), { event = "presence" })
    incoming = assert(bob:expect "SUBSCRIBE")
    incoming:reject(403)
    assert.is_nil(incoming.subscription)
  end)

  it("left open by a call of a load is ended, on either side", function()
    local ends = {}
    bob.delegate = { on_subscribe = function(incoming)
      local s = incoming:accept()
      s.delegate = { on_end = function(cause) ends[#ends + 1] = cause end }
      s:notify()
    end }
    local load = assert(sip.load {
      agent = alice, target = support.uri(bob), calls = 1, rate = 100,
      scenario = function(call)
        local request = call:subscribe(call.target, { event = "presence", expires = 60 })
        assert(request:expect "2xx")
        assert(request:expect "NOTIFY")
      end,
    })
    assert(load:wait(5))
    local seen = load:snapshot()
    assert.equal(1, seen.failed)
    assert.equal("left open", seen.failures[1].cause)
    sip.sleep(0.1)
    assert.same({ "unsubscribed" }, ends)
  end)

  it("left open by a served call is ended with a NOTIFY", function()
    local load = assert(sip.load {
      agent = bob, serve = true,
      scenario = function(call)
        local s = assert(call.incoming:accept())
        assert(s:notify():expect "2xx")
      end,
    })
    local request = assert(alice:subscribe(support.uri(bob), { event = "presence", expires = 60 }))
    assert(request:expect "NOTIFY")
    assert.equal("terminated;reason=noresource",
      assert(request:expect "NOTIFY").message:header "Subscription-State")
    load:stop()
    assert(load:wait(5))
    assert.equal("left open", load:snapshot().failures[1].cause)
  end)

  it("is not needed for a NOTIFY", function()
    local notify = assert(alice:notify(support.uri(bob), {
      event = "message-summary", state = "active", expires = 9,
      body = { "Messages-Waiting: yes", "application/simple-message-summary" },
    }))
    assert.equal("active;expires=9", notify.message:header "Subscription-State")
    assert.is_nil(notify.message:header "Expires")
    local incoming = assert(bob:expect "NOTIFY")
    assert.is_nil(incoming.subscription)
    assert(incoming:reply(200))
    assert(notify:expect(200))
  end)
end)
