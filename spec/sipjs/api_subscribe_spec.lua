-- SPDX-License-Identifier: MIT
-- SIP.js's tests of SUBSCRIBE and NOTIFY, of its core and of its Subscriber, as
-- situations of ours. The notifier is a raw peer.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("SUBSCRIBE", function()
  local alice, notifier, request

  before_each(function()
    support.virtual()
    alice = support.agent "alice"
    notifier = wire.callee(alice, "SUBSCRIBE", { event = "foo", expires = 600 }, {
      on_notify = function(incoming)
        notifier.told[#notifier.told + 1] = "on_notify " ..
          (incoming.message:header "Subscription-State" or "-")
      end,
      on_notify_timeout = function()
        notifier.told[#notifier.told + 1] = "on_notify_timeout"
      end,
    })
    request = notifier.request
  end)

  after_each(function() request, notifier = nil, nil end)

  local cseq = 0

  --- Sends a NOTIFY, and gives what the agent answers.
  ---@param t { state: string|false?, event: string|false?, tag: string?, cseq: integer? }?
  local function notify(t)
    local o = t or {}
    cseq = cseq + 1
    local headers = {}
    if o.state ~= false then
      headers[#headers + 1] = "Subscription-State: " .. (o.state or "active;expires=600")
    end
    if o.event ~= false then
      headers[#headers + 1] = "Event: " .. (o.event or "foo")
    end
    notifier:send(notifier:in_dialog("NOTIFY", {
      tag = o.tag, cseq = o.cseq or cseq, headers = headers,
    }))
    return notifier:heard()[1]
  end

  local function accept()
    notifier:answer("200 OK", { headers = { "Expires: 600" } })
  end

  it("200, then a NOTIFY: on_accept, on_notify, 200", function()
    accept()
    assert.equal("200", notify())
    assert.same({ "on_accept 200", "on_notify active;expires=600" }, notifier.told)
    assert.equal("active", request.subscription.state)
  end)

  it("a NOTIFY before the 200: the same", function()
    assert.equal("200", notify())
    accept()
    assert.same({ "on_notify active;expires=600", "on_accept 200" }, notifier.told)
  end)

  it("two more NOTIFYs: 200 each, to the subscription; CSeqs again: 500 each", function()
    accept()
    assert.equal("200", notify { cseq = 1001 })
    local told = {}
    request.subscription.delegate = { on_notify = function(incoming)
      told[#told + 1] = incoming.message.cseq
    end }
    assert.equal("200", notify { cseq = 1002 })
    assert.equal("200", notify { cseq = 1003 })
    assert.equal("500", notify { cseq = 1002 })
    assert.equal("500", notify { cseq = 1003 })
    assert.same({ 1002, 1003 }, told)
    assert.same({ "on_accept 200", "on_notify active;expires=600" }, notifier.told)
  end)

  it("the CSeq of the first NOTIFY again: 500 (differs: SIP.js takes it once more)", function()
    assert.equal("200", notify { cseq = 2000 })
    assert.equal("500", notify { cseq = 2000 })
  end)

  it("no NOTIFY: on_notify_timeout after 64*T1, though there was a 200", function()
    accept()
    sip.sleep(31)
    assert.same({ "on_accept 200" }, notifier.told)
    sip.sleep(1.1)
    assert.same({ "on_accept 200", "on_notify_timeout" }, notifier.told)
  end)

  it("no NOTIFY, disposed: silence (differs: SIP.js tells of the timeout)", function()
    accept()
    request:dispose()
    sip.sleep(40)
    assert.same({ "on_accept 200" }, notifier.told)
  end)

  it("NOTIFY with a wrong Event: 481, and it waits on", function()
    assert.equal("481", notify { event = "bar" })
    assert.equal("200", notify())
  end)

  it("NOTIFY without Event: 489, and it waits on", function()
    assert.equal("489", notify { event = false })
    assert.equal("200", notify())
  end)

  it("Event with an id: its NOTIFY is found (differs: SIP.js answers 481)", function()
    notifier = wire.callee(alice, "SUBSCRIBE", { event = "foo;id=1", expires = 600 })
    assert.equal("481", notify { event = "foo" })
    assert.equal("200", notify { event = "foo;id=1" })
    assert.equal("1", notifier.request.subscription.id)
  end)

  it("NOTIFY without Subscription-State: 400 (differs: SIP.js answers 489)", function()
    assert.equal("400", notify { state = false })
    assert.is_nil(request.subscription)
    assert.equal("200", notify())
  end)

  it("NOTIFY with a state unknown is pending (differs: SIP.js answers 489)", function()
    assert.equal("200", notify { state = "bogus" })
    assert.equal("pending", request.subscription.state)
  end)

  for _, state in ipairs { "pending", "active" } do
    it("NOTIFY that says " .. state .. ": so is the subscription", function()
      assert.equal("200", notify { state = state .. ";expires=60" })
      assert.equal(state, request.subscription.state)
      assert.near(60, request.subscription.expires, 1)
    end)
  end

  it("NOTIFY that says terminated: a subscription that is over (differs: SIP.js has none)",
    function()
      local given
      request.delegate = { on_notify = function(_, subscription) given = subscription end }
      assert.equal("200", notify { state = "terminated;reason=noresource" })
      assert.equal(request.subscription, given)
      assert.equal("terminated", given.state)
      assert.equal("noresource", given.reason)
      assert.equal("481", notify())
    end)

  it("of two forks makes two subscriptions (differs: SIP.js answers 481 to one)", function()
    assert.equal("200", notify { tag = "one" })
    assert.equal("200", notify { tag = "two" })
    assert.equal(2, #request.subscriptions)
  end)

  it("is sent again before it expires, with the switch refresh", function()
    notifier = wire.callee(alice, "SUBSCRIBE", {
      event = "foo", expires = 600, auto = { refresh = true },
    })
    accept()
    assert.equal("200", notify())
    sip.sleep(539)
    assert.same({}, notifier:heard())
    sip.sleep(1.3)
    assert.same({ "SUBSCRIBE" }, notifier:heard())
    assert.equal("600", wire.header(notifier:latest "SUBSCRIBE", "Expires"))
  end)

  it("refused: on_reject, and later NOTIFYs get 481", function()
    notifier:answer "489 Bad Event"
    assert.same({ "on_reject 489" }, notifier.told)
    assert.equal("481", notify())
    sip.sleep(40)
    assert.same({ "on_reject 489" }, notifier.told)
  end)
end)
