-- SPDX-License-Identifier: MIT
-- SUBSCRIBE as the subscriber sees it (RFC 6665): NOTIFYs before and behind the
-- 2xx, forks, matching, refresh, expiry, Timer N.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local cseqs = 0

--- A NOTIFY of the notifier that a raw socket plays.
---@param t { state: string?, event: string?, tag: string?, contact: boolean?, cseq: integer? }
local function notify_text(socket, subscribe, t)
  cseqs = cseqs + 1
  local function field(name)
    return subscribe:match("\r\n" .. name .. ": ([^\r]+)\r\n")
  end
  local lines = {
    ("NOTIFY %s SIP/2.0"):format(subscribe:match "\r\nContact: <([^>]+)>"),
    ("Via: SIP/2.0/UDP %s;branch=z9hG4bKn%d"):format(socket.address, cseqs),
    "Max-Forwards: 70",
    ("From: %s;tag=%s"):format(field "To", t.tag or "rawtag"),
    "To: " .. field "From",
    "Call-ID: " .. field "Call%-ID",
    ("CSeq: %d NOTIFY"):format(t.cseq or cseqs),
  }
  if t.contact ~= false then
    lines[#lines + 1] = ("Contact: <sip:n@%s>"):format(socket.address)
  end
  if t.event ~= "" then
    lines[#lines + 1] = "Event: " .. (t.event or field "Event")
  end
  if t.state ~= "" then
    lines[#lines + 1] = "Subscription-State: " .. (t.state or "active;expires=600")
  end
  for _, line in ipairs(t.headers or {}) do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\r\n") .. "\r\nContent-Length: 0\r\n\r\n"
end

local function send(socket, agent, text)
  assert(socket:send(text, agent.address))
end

--- The status of the next response that the socket gets.
local function status(socket, timeout)
  for text in function() return (socket:receive(timeout or 2)) end do
    local code = text:match "^SIP/2.0 (%d+)"
    if code then
      return tonumber(code), text
    end
  end
end

describe("a SUBSCRIBE", function()
  local alice, notifier

  before_each(function()
    alice, notifier = support.agent "alice", support.socket()
  end)

  local function subscribe(options, delegate)
    options = options or {}
    options.event = options.event or "presence"
    options.expires = options.expires or 600
    local request = assert(alice:subscribe("sip:n@" .. notifier.address, options, delegate))
    return request, assert(notifier:receive(2))
  end

  local function accept(text, headers, tag)
    send(notifier, alice, support.response_text(text, "200 OK", headers or { "Expires: 600" }, tag))
  end

  --- A subscription that stands.
  local function stand(options, delegate)
    local request, text = subscribe(options, delegate)
    accept(text)
    assert(request:expect "2xx")
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(200, status(notifier))
    return request, text, request.subscription
  end

  it("says what it wants, and its object has the members for it", function()
    local request, text = subscribe { event = "dialog;id=7", expires = 300 }
    assert.equal("OutgoingSubscribeRequest", sip.type(request))
    assert.matches("\r\nEvent: dialog;id=7\r\n", text, 1, true)
    assert.matches("\r\nExpires: 300\r\n", text, 1, true)
    assert.matches("\r\nContact: <sip:alice@" .. alice.address .. ">\r\n", text, 1, true)
    assert.is_nil(request.subscription)
    assert.same({}, request.subscriptions)
  end)

  it("makes a subscription of the NOTIFY behind its 2xx", function()
    local request, text = subscribe()
    accept(text)
    assert(request:expect "2xx")
    assert.is_nil(request.subscription)
    send(notifier, alice, notify_text(notifier, text, { state = "pending;expires=500" }))
    local notify = assert(request:expect "NOTIFY")
    assert.equal("NOTIFY", notify.method)
    local s = request.subscription
    assert.equal("Subscription", sip.type(s))
    assert.equal(s, notify.subscription)
    assert.same({ s }, request.subscriptions)
    assert.equal("subscriber", s.role)
    assert.equal("presence", s.event)
    assert.is_nil(s.id)
    assert.equal("pending", s.state)
    assert.near(500, s.expires, 1)
    assert.is_nil(s.reason)
    assert.is_nil(s.retry_after)
    assert.is_nil(s.cause)
    assert.equal("rawtag", s.remote_tag)
    assert.equal("sip:n@" .. notifier.address, s.remote_target)
    assert.equal(request.message.call_id, s.call_id)
    assert.equal(request.message.from_tag, s.local_tag)
    assert.equal(("Subscription (subscriber of presence, pending, Call-ID %s)"):format(s.call_id),
      tostring(s))
    assert.equal(200, status(notifier))
  end)

  it("makes it of a NOTIFY that comes before the 2xx, with its Record-Route", function()
    local request, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, {
      headers = { ("Record-Route: <sip:%s;lr>"):format(notifier.address) },
    }))
    assert.equal(200, status(notifier))
    local s = request.subscription
    assert.equal("active", s.state)
    accept(text, { "Expires: 60" })
    assert(request:expect "2xx")
    assert.near(60, s.expires, 1)
    local renewal = assert(s:subscribe())
    local sent = assert(notifier:receive(2))
    assert.matches(("\r\nRoute: <sip:%s;lr>\r\n"):format(notifier.address), sent, 1, true)
    assert.matches("\r\nEvent: presence\r\n", sent, 1, true)
    assert.matches("\r\nExpires: 600\r\n", sent, 1, true)
    assert.equal(request.message.cseq + 1, renewal.message.cseq)
  end)

  it("tells its delegate, then the subscription's, in order", function()
    local told = {}
    local request, text
    request, text = subscribe({}, {
      on_accept = function() told[#told + 1] = "2xx" end,
      on_notify = function(incoming, s)
        told[#told + 1] = "first"
        assert.equal(s, incoming.subscription)
        sip.sleep(0.05) -- the next ones wait for this to return
        s.delegate = {
          on_notify = function(n) told[#told + 1] = n.message:header "Subscription-State" end,
          on_end = function(cause) told[#told + 1] = cause .. " " .. s.reason end,
        }
      end,
    })
    send(notifier, alice, notify_text(notifier, text, { state = "active" }))
    send(notifier, alice, notify_text(notifier, text, { state = "active;expires=9" }))
    send(notifier, alice, notify_text(notifier, text,
      { state = "terminated;reason=giveup;retry-after=30" }))
    accept(text)
    assert(request:await(2))
    for _ = 1, 3 do
      assert.equal(200, status(notifier))
    end
    sip.sleep(0.01)
    assert.same({
      "first", "active;expires=9", "terminated;reason=giveup;retry-after=30",
      "terminated giveup", "2xx",
    }, told)
    assert.equal(30, request.subscription.retry_after)
    assert.equal("terminated", request.subscription.cause)
  end)

  it("leaves a NOTIFY that the script answers alone", function()
    local request, text = subscribe({}, {
      on_notify = function(incoming)
        sip.sleep(0.02)
        incoming:reply(299)
      end,
    })
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(299, status(notifier))
    assert.equal("active", request.subscription.state)
  end)

  it("answers no NOTIFY with notify = false", function()
    alice = support.agent("alice", { auto = { notify = false } })
    local request, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, {}))
    local notify = assert(request:expect "NOTIFY")
    assert.is_nil((notifier:receive(0.02)))
    assert(notify:accept())
    assert.equal(200, status(notifier))
  end)

  it("gives each NOTIFY to one who waits: on the request, or on the subscription", function()
    local request, text, s = stand()
    assert(request:expect "NOTIFY")
    local on_request = sip.spawn(function() return request:expect("NOTIFY", { timeout = 1 }) end)
    sip.sleep(0)
    send(notifier, alice, notify_text(notifier, text, { headers = { "X: 1" } }))
    local _, first = on_request:join()
    assert.equal("1", first.message:header "X")
    send(notifier, alice, notify_text(notifier, text, { headers = { "X: 2" } }))
    assert.equal("2", assert(s:expect "NOTIFY").message:header "X")
    local none, err = s:expect("NOTIFY", { timeout = 0 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
  end)

  it("makes a subscription for every fork (SIP.js: one only, 481 to the others)", function()
    local heard = {}
    local request, text = subscribe({}, {
      on_notify = function(_, s) heard[#heard + 1] = s.remote_tag end,
    })
    accept(text, nil, "a")
    for _, tag in ipairs { "a", "b", "c" } do
      send(notifier, alice, notify_text(notifier, text, { tag = tag }))
      assert.equal(200, status(notifier))
    end
    assert.same({ "a", "b", "c" }, heard)
    assert.equal(3, #request.subscriptions)
    assert.equal(request.subscriptions[1], request.subscription)
    assert.equal("c", request.subscriptions[3].remote_tag)
    assert.equal(3, sip.objects().dialogs)
  end)

  it("counts the CSeq of the NOTIFY that made it (SIP.js takes it twice)", function()
    local _, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, { cseq = 7 }))
    assert.equal(200, status(notifier))
    send(notifier, alice, notify_text(notifier, text, { cseq = 7 }))
    assert.equal(500, status(notifier))
    send(notifier, alice, notify_text(notifier, text, { cseq = 8 }))
    assert.equal(200, status(notifier))
  end)

  for _, case in ipairs {
    { "foo;id=1", "foo;id=1", 200 },
    { "foo;id=1", "foo;x=y;id=1", 200 },
    { "foo;id=1", "foo", 481 },
    { "foo;id=1", "foo;id=2", 481 },
    { "foo", "foo;id=1", 481 },
    { "foo", "Foo", 481 },
    { "foo", "bar", 481 },
    { "foo", "", 489 },
  } do
    it(("of Event: %s has %d for a NOTIFY with %s"):format(
      case[1], case[3], case[2] == "" and "no Event" or "Event: " .. case[2]), function()
      local request, text = subscribe { event = case[1] }
      send(notifier, alice, notify_text(notifier, text, { event = case[2] }))
      assert.equal(case[3], (status(notifier)))
      assert.equal(case[3] == 200, request.subscription ~= nil)
      if case[3] ~= 200 then -- it waits all the same, and the same goes for later ones
        send(notifier, alice, notify_text(notifier, text, {}))
        assert.equal(200, status(notifier))
        send(notifier, alice, notify_text(notifier, text, { event = case[2] }))
        assert.equal(case[3], (status(notifier)))
      end
    end)
  end

  it("has 400 for a NOTIFY without Subscription-State, or first without Contact", function()
    local request, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, { state = "" }))
    assert.equal(400, status(notifier))
    send(notifier, alice, notify_text(notifier, text, { contact = false }))
    assert.equal(400, status(notifier))
    assert.is_nil(request.subscription)
    send(notifier, alice, notify_text(notifier, text, { contact = false, state = "terminated" }))
    assert.equal(200, status(notifier))
    assert.equal("terminated", request.subscription.state)
  end)

  it("takes a state that it does not know for one that stands (RFC 6665 8.4)", function()
    local request, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, { state = "waiting;expires=20" }))
    assert.equal(200, status(notifier))
    assert.equal("pending", request.subscription.state)
    assert.near(20, request.subscription.expires, 1)
  end)

  it("has 481 for a NOTIFY behind one that terminated", function()
    local request, text = subscribe()
    send(notifier, alice, notify_text(notifier, text, { state = "terminated;reason=timeout" }))
    assert.equal(200, status(notifier))
    assert.equal("timeout", request.subscription.reason)
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(481, status(notifier))
    assert.equal(1, #request.subscriptions)
  end)

  it("waits no more when it is refused, and goes on through a challenge", function()
    local request, text = subscribe { auth = { "alice", "secret" } }
    send(notifier, alice, support.response_text(text, "401 Unauthorized",
      { 'WWW-Authenticate: Digest realm="r", nonce="n"' }))
    local again = assert(notifier:receive(2))
    assert.matches("\r\nAuthorization: Digest ", again, 1, true)
    send(notifier, alice, notify_text(notifier, again, { tag = "early" }))
    assert.equal(200, status(notifier))
    local s = request.subscription
    assert(s:subscribe())
    assert.matches("\r\nCSeq: 3 SUBSCRIBE", assert(notifier:receive(2)))
    local refused, text2 = subscribe()
    send(notifier, alice, support.response_text(text2, "403 Forbidden"))
    local response, err = refused:expect "NOTIFY"
    assert.is_nil(response)
    assert.equal("unexpected", err.code)
    send(notifier, alice, notify_text(notifier, text2, {}))
    assert.equal(481, status(notifier))
  end)

  it("is told of Timer N, which dispose stops", function()
    support.virtual()
    local timeouts = 0
    local delegate = { on_notify_timeout = function() timeouts = timeouts + 1 end }
    local request, text = subscribe({}, delegate)
    accept(text)
    assert(request:await(1))
    local disposed, text2 = subscribe({}, delegate)
    accept(text2)
    assert(disposed:await(1))
    disposed:dispose()
    sip.sleep(31.9)
    assert.equal(0, timeouts)
    sip.sleep(0.2)
    assert.equal(1, timeouts)
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(481, status(notifier))
    sip.sleep(40)
    assert.equal(1, timeouts)
  end)

  it("has no Timer N once a NOTIFY came, nor behind a 204 (RFC 5839)", function()
    support.virtual()
    local timeouts = 0
    local delegate = { on_notify_timeout = function() timeouts = timeouts + 1 end }
    local _, _, s = stand({}, delegate)
    local request, text = subscribe({}, delegate)
    send(notifier, alice, support.response_text(text, "204 No Notification"))
    assert(request:await(1))
    sip.sleep(40)
    assert.equal(0, timeouts)
    assert.equal("active", s.state)
  end)

  it("holds its object until Timer N, whoever else does", function()
    support.virtual()
    local heard = 0
    local text = select(2, subscribe({}, { on_notify = function() heard = heard + 1 end }))
    accept(text)
    sip.sleep(1)
    collectgarbage()
    collectgarbage()
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(200, status(notifier))
    assert.equal(1, heard)
  end)

  it("goes by the Expires of its 2xx, then by what NOTIFYs say", function()
    support.virtual()
    local request, text = subscribe { expires = 600 }
    accept(text, { "Expires: 100" })
    assert(request:await(1))
    sip.sleep(10)
    send(notifier, alice, notify_text(notifier, text, { state = "active" }))
    assert.equal(200, status(notifier))
    assert.near(90, request.subscription.expires, 1)
    send(notifier, alice, notify_text(notifier, text, { state = "active;expires=5" }))
    assert.equal(200, status(notifier))
    local causes = {}
    request.subscription.delegate = { on_end = function(cause) causes[#causes + 1] = cause end }
    sip.sleep(8.9) -- T2 is left to the NOTIFY that tells of the end
    assert.equal("active", request.subscription.state)
    assert.equal(0, request.subscription.expires)
    sip.sleep(0.2)
    assert.equal("terminated", request.subscription.state)
    assert.is_nil(request.subscription.expires)
    assert.same({ "expired" }, causes)
    assert.equal(0, sip.objects().dialogs)
  end)

  it("is not renewed unless asked to", function()
    support.virtual()
    local _, _, s = stand { expires = 100 }
    sip.sleep(599)
    assert.equal("active", s.state)
    assert.is_nil((notifier:receive(0)))
    sip.sleep(6)
    assert.equal("expired", s.cause)
  end)

  it("is renewed by the engine with refresh = true", function()
    support.virtual()
    local _, text, s = stand { auto = { refresh = true } }
    sip.sleep(540 - 1)
    assert.is_nil((notifier:receive(0)))
    local renewal = assert(notifier:receive(2))
    assert.matches("^SUBSCRIBE sip:n@", renewal)
    assert.matches("\r\nExpires: 600\r\n", renewal, 1, true)
    accept(renewal)
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(200, status(notifier))
    assert.near(600, s.expires, 2)
    sip.sleep(500)
    assert.equal("active", s.state)
    send(notifier, alice, notify_text(notifier, text, { state = "terminated" }))
    assert.equal(200, status(notifier))
    sip.sleep(600)
    assert.is_nil((notifier:receive(0)))
  end)

  describe("refreshed by the script", function()
    it("goes on, and Timer N waits for the NOTIFY again", function()
      support.virtual()
      local _, text, s = stand()
      local renewal = assert(s:subscribe { expires = 60 })
      assert.equal("OutgoingSubscribeRequest", sip.type(renewal))
      accept(assert(notifier:receive(2)), { "Expires: 50" })
      assert(renewal:expect "2xx")
      assert.near(50, s.expires, 1)
      send(notifier, alice, notify_text(notifier, text, { state = "active" }))
      assert.equal(200, status(notifier))
      sip.sleep(40)
      assert.equal("active", s.state)
      assert.near(9, s.expires, 1.5)
    end)

    it("is over when no NOTIFY follows", function()
      support.virtual()
      local told = {}
      local _, _, s = stand()
      s.delegate = { on_end = function(cause) told[#told + 1] = cause end }
      local renewal = assert(s:subscribe({}, {
        on_notify_timeout = function() told[#told + 1] = "timeout" end,
      }))
      accept(assert(notifier:receive(2)))
      assert(renewal:await(1))
      sip.sleep(31)
      assert.same({}, told)
      sip.sleep(1.1)
      table.sort(told)
      assert.same({ "notify timeout", "timeout" }, told)
      assert.equal("terminated", s.state)
    end)

    for _, case in ipairs {
      { 404, true }, { 405, true }, { 410, true }, { 416, true }, { 480, true }, { 481, true },
      { 485, true }, { 489, true }, { 501, true }, { 604, true },
      { 403, false }, { 423, false }, { 486, false }, { 500, false }, { 603, false },
    } do
      it(("%s a %d"):format(case[2] and "ends by" or "survives", case[1]), function()
        support.virtual()
        local _, text, s = stand()
        local renewal = assert(s:subscribe())
        send(notifier, alice, support.response_text(assert(notifier:receive(2)),
          case[1] .. " No"))
        assert.equal(case[1], assert(renewal:await(1)).status)
        sip.sleep(0)
        if case[2] then
          assert.equal("terminated", s.state)
          assert.equal(tostring(case[1]), s.cause)
          local again, err = s:subscribe()
          assert.is_nil(again)
          assert.equal("state", err.code)
        else
          sip.sleep(60) -- no Timer N kills it (SIP.js: it does)
          assert.equal("active", s.state)
          send(notifier, alice, notify_text(notifier, text, {}))
          assert.equal(200, status(notifier))
        end
      end)
    end
  end)

  it("is ended by unsubscribe and the NOTIFY that follows", function()
    local _, text, s = stand()
    local last = assert(s:unsubscribe())
    local sent = assert(notifier:receive(2))
    assert.matches("\r\nExpires: 0\r\n", sent, 1, true)
    accept(sent, { "Expires: 0" })
    assert(last:expect "2xx")
    -- one that crossed it
    send(notifier, alice, notify_text(notifier, text, { state = "active" }))
    assert.equal(200, status(notifier))
    assert.equal("active", s.state)
    send(notifier, alice, notify_text(notifier, text, { state = "terminated;reason=timeout" }))
    assert.equal(200, status(notifier))
    assert.equal("terminated", s.state)
    assert.equal("terminated", s.cause)
    assert.equal(0, sip.objects().dialogs)
  end)

  it("with unsubscribe is over after Timer N, though only old NOTIFYs came", function()
    support.virtual()
    local _, text, s = stand()
    assert(s:unsubscribe())
    accept(assert(notifier:receive(2)), { "Expires: 0" })
    send(notifier, alice, notify_text(notifier, text, { state = "active" }))
    assert.equal(200, status(notifier))
    sip.sleep(33)
    assert.equal("notify timeout", s.cause)
  end)

  it("is over in silence with dispose, also in its delegate", function()
    local request, text = subscribe({}, { on_notify = function(_, s) s:dispose() end })
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(200, status(notifier))
    assert.equal("disposed", request.subscription.cause)
    send(notifier, alice, notify_text(notifier, text, {}))
    assert.equal(481, status(notifier))
    local _, text2, s = stand()
    assert(s:expect "NOTIFY")
    local waits = sip.spawn(function() return s:expect("NOTIFY", { timeout = 9 }) end)
    sip.sleep(0)
    s:dispose()
    local _, none, err = waits:join()
    assert.is_nil(none)
    assert.equal("disposed", err.code)
    send(notifier, alice, notify_text(notifier, text2, {}))
    assert.equal(481, status(notifier))
  end)

  it("has other requests in its dialog: 481 to a BYE, the rest to the script", function()
    local _, text, s = stand()
    local function request(method)
      return (notify_text(notifier, text, {}):gsub("NOTIFY", method))
    end
    send(notifier, alice, request "BYE")
    assert.equal(481, status(notifier))
    s.delegate = { on_request = function(incoming) incoming:reply(298) end }
    send(notifier, alice, request "FOO")
    assert.equal(298, status(notifier))
    assert(s:request("MESSAGE", { body = { "hi", "text/plain" } }))
    assert.matches("^MESSAGE sip:n@", assert(notifier:receive(2)))
  end)

  it("refuses what is not a subscriber's, and options that it does not know", function()
    local _, _, s = stand()
    assert.has_error(function() s:notify {} end)
    local ok, err = pcall(s.subscribe, s, { expire = 1 })
    assert.is_false(ok)
    assert.matches('did you mean "expires"?', err, 1, true)
    ok, err = pcall(alice.subscribe, alice, "sip:x@127.0.0.1", {}, { on_notfy = print })
    assert.is_false(ok)
    assert.matches('did you mean "on_notify"?', err, 1, true)
    ok, err = pcall(alice.message, alice, "sip:x@127.0.0.1", {}, { on_notify = print })
    assert.is_false(ok)
    assert.matches("nothing calls a delegate", err, 1, true)
  end)

  it("goes with its agent", function()
    stand()
    subscribe()
    alice:close()
    assert.equal(0, sip.objects().dialogs)
  end)
end)
