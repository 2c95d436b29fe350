-- SPDX-License-Identifier: MIT
-- Reliable provisional answers (RFC 3262) to an INVITE that came: their
-- repeats, their PRACKs, and what waits for these.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local SDP <const> = sip.sdp()

describe("a callee with 100rel", function()
  local bob, caller, calls

  before_each(function()
    bob = support.agent "bob"
    caller = support.socket()
    calls = 0
  end)

  local function header(text, name)
    return text:match("\r\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)\r\n")
  end

  local function send(method, t)
    t.uri, t.from = support.uri(bob), caller.address
    caller:send(support.request_text(method, t), bob.address)
  end

  --- An INVITE as bob gets it, and its Call-ID.
  local function invited(headers)
    calls = calls + 1
    local id = "call-" .. calls
    send("INVITE", { call_id = id, headers = headers or { "Supported: 100rel" } })
    return assert(bob:expect "INVITE"), id
  end

  --- The next response, of that status if one is given.
  local function response(status)
    local text = assert(caller:receive(2))
    assert.equal(("SIP/2.0 %s"):format(status or text:match "%d%d%d"), text:sub(1, 11))
    return text
  end

  --- A PRACK for that response.
  local function prack(id, text, t)
    t = t or {}
    t.call_id, t.cseq = id, t.cseq or 2
    t.to = header(text, "To")
    t.headers = { "RAck: " .. (t.rack or header(text, "RSeq") .. " 1 INVITE") }
    send("PRACK", t)
  end

  local function nothing_comes()
    assert.is_nil((caller:receive(0.05)))
  end

  it("says Require and a random RSeq, and goes up from there", function()
    local first = {}
    for i = 1, 3 do
      local incoming, id = invited()
      assert.equal(incoming, incoming:progress(183, { reliable = true }))
      local text = response(183)
      assert.equal("100rel", header(text, "Require"))
      first[i] = math.tointeger(header(text, "RSeq"))
      assert.is_true(first[i] > 0 and first[i] < 2^31)
      prack(id, text)
      response(200)
      incoming:progress(180, { reliable = true })
      text = response(180)
      assert.equal(first[i] + 1, math.tointeger(header(text, "RSeq")))
      incoming:progress(181)
      text = response(181)
      assert.is_nil(header(text, "RSeq"))
      assert.is_nil(header(text, "Require"))
      incoming:reject(486)
      response(486)
    end
    assert.is_false(first[1] == first[2] and first[2] == first[3])
  end)

  it("is reliable by itself where the INVITE requires it", function()
    local incoming = invited { "Require: 100rel" }
    incoming:trying()
    assert.is_nil(header(response(100), "RSeq"))
    incoming:progress(180)
    assert.equal("100rel", header(response(180), "Require"))
    incoming:progress(183, { reliable = false })
    assert.is_nil(header(response(183), "RSeq"))
    incoming:reject(486)
  end)

  it("repeats it at T1, 2*T1, 4*T1 … without a cap, and gives up after 64*T1", function()
    support.virtual()
    local ended
    local incoming = invited()
    incoming:progress(183, { reliable = true })
    incoming.session.delegate = { on_end = function(cause) ended = cause end }
    local begun, times = sip.now(), {}
    local first = response(183)
    while true do
      local text = assert(caller:receive(40))
      times[#times + 1] = ("%s at %.1f"):format(text:match "%d%d%d", sip.now() - begun)
      if text ~= first then
        break
      end
    end
    assert.same({ "183 at 0.5", "183 at 1.5", "183 at 3.5", "183 at 7.5", "183 at 15.5",
      "183 at 31.5", "504 at 32.0" }, times)
    sip.sleep(0.01)
    assert.equal(504, incoming.status)
    assert.equal("prack timeout", ended)
    assert.equal("ended", incoming.session.state)
  end)

  it("gives up all the same where repeats are off", function()
    support.virtual()
    bob = support.agent("bob", { auto = { retransmit = false } })
    local incoming = invited()
    incoming:progress(183, { reliable = true })
    response(183)
    local begun = sip.now()
    assert.matches("^SIP/2.0 504", assert(caller:receive(40)))
    assert.near(32, sip.now() - begun, 0.01)
  end)

  it("stops with its PRACK, which is answered when the script has seen it", function()
    support.virtual()
    local incoming, id = invited()
    local seen
    incoming:progress(183, { reliable = true })
    incoming.session.delegate = { on_prack = function(request)
      seen = request.message:header "RAck"
      sip.sleep(0.2)
    end }
    local text = response(183)
    local begun = sip.now()
    prack(id, text)
    response(200)
    assert.near(0.2, sip.now() - begun, 0.01)
    assert.equal(header(text, "RSeq") .. " 1 INVITE", seen)
    assert.is_nil((caller:receive(60)))
    assert.equal("early", incoming.session.state)
    incoming:reject(486)
  end)

  it("may be answered by the script, with a body", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true })
    prack(id, response(183))
    local request = assert(incoming.session:expect "PRACK")
    assert.equal(incoming.session, request.session)
    request:accept { body = { SDP, "application/sdp" } }
    assert.equal("application/sdp", header(response(200), "Content-Type"))
    incoming:reject(486)
    response(486)
  end)

  it("keeps a PRACK for a script that looks later", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true })
    prack(id, response(183))
    response(200)
    assert.equal("PRACK", assert(incoming.session:expect "PRACK").method)
    incoming:reject(486)
  end)

  it("refuses a PRACK that names nothing with 481", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true })
    local text = response(183)
    local rseq = math.tointeger(header(text, "RSeq"))
    for i, rack in ipairs {
      rseq + 1 .. " 1 INVITE", rseq .. " 2 INVITE", rseq .. " 1 UPDATE", "INVITE", "",
      rseq .. " 1",
    } do
      prack(id, text, { cseq = 1 + i, rack = rack })
      response(481)
    end
    prack(id, text, { cseq = 20 })
    response(200)
    prack(id, text, { cseq = 21 })
    response(481)
    incoming:reject(486)
    response(486)
  end)

  it("leaves PRACKs to the script with auto = { prack = false }", function()
    support.virtual()
    bob = support.agent("bob", { auto = { prack = false } })
    local incoming, id = invited()
    incoming:progress(183, { reliable = true })
    local text = response(183)
    prack(id, text, { rack = "1 2 INVITE" })
    prack(id, text, { cseq = 3 })
    assert.is_nil((caller:receive(0.2)))
    assert(incoming.session:expect "PRACK"):reply(400)
    response(400)
    assert(incoming.session:expect "PRACK"):reply(299)
    response(299)
    assert.is_nil((caller:receive(60)))
    incoming:reject(486)
  end)

  it("goes on waiting when the script has challenged the PRACK", function()
    support.virtual()
    local alice = support.agent("alice", { password = "secret" })
    local server = sip.digest_server { realm = "r" }
    local request = alice:invite(support.uri(bob), { body = SDP })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { reliable = true, body = SDP })
    assert(incoming:accept())
    local first = assert(incoming.session:expect "PRACK")
    first:reply(401, { extra_headers = { "WWW-Authenticate: " .. server:challenge() } })
    local second = assert(incoming.session:expect "PRACK")
    assert.equal(first.message:header "RAck", second.message:header "RAck")
    assert.is_truthy(second.message:header "Authorization")
    assert.equal(200, assert(request:await(2)).status)
  end)

  it("sends one after the other, each when the one before has its PRACK", function()
    local incoming, id = invited()
    incoming:progress(180, { reliable = true })
    incoming:progress(181, { reliable = true })
    assert.equal(180, incoming.status)
    incoming:progress(182, { reliable = true })
    incoming:progress(199) -- not reliable: needs not wait
    local text = response(180)
    response(199)
    nothing_comes()
    local rseq = math.tointeger(header(text, "RSeq"))
    for i, status in ipairs { 181, 182 } do
      prack(id, text, { cseq = 1 + i })
      response(200)
      text = response(status)
      assert.equal(rseq + i, math.tointeger(header(text, "RSeq")))
    end
    prack(id, text, { cseq = 9 })
    response(200)
    incoming:reject(486)
  end)

  it("sends a second one at once where the script insists, and knows both", function()
    local incoming, id = invited()
    incoming:progress(180, { reliable = true })
    incoming:progress(183, { reliable = true, force = true })
    local first, second = response(180), response(183)
    prack(id, second)
    response(200)
    prack(id, first, { cseq = 3 })
    response(200)
    incoming:reject(486)
  end)

  it("holds a 2xx back until a body has its PRACK", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true, body = SDP })
    local session = assert(incoming:accept())
    assert.equal("early", session.state)
    assert.equal(183, incoming.status)
    local again, err = incoming:accept()
    assert.is_nil(again)
    assert.equal("state", err.code)
    again, err = incoming:progress(180, { reliable = true })
    assert.is_nil(again)
    assert.equal("state", err.code)
    local text = response(183)
    nothing_comes()
    prack(id, text)
    assert.equal("2 PRACK", header(response(200), "CSeq"))
    assert.equal("1 INVITE", header(response(200), "CSeq"))
    assert.equal("accepted", session.state)
    assert.equal(200, incoming.status)
    session:dispose()
  end)

  it("holds a 2xx back until the script has answered the PRACK", function()
    support.virtual()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true, body = SDP })
    incoming.session.delegate = { on_prack = function(request)
      assert(incoming:accept())
      sip.sleep(0.3)
      request:accept()
    end }
    local begun = sip.now()
    prack(id, response(183))
    assert.equal("2 PRACK", header(response(200), "CSeq"))
    assert.near(0.3, sip.now() - begun, 0.01)
    assert.equal("1 INVITE", header(response(200), "CSeq"))
    incoming.session:dispose()
  end)

  it("does not hold it where there was no body, or the script insists", function()
    local incoming, id = invited()
    incoming:progress(180, { reliable = true })
    local session = assert(incoming:accept())
    local text = response(180)
    response(200)
    prack(id, text) -- that comes late is a PRACK all the same
    assert.equal("2 PRACK", header(response(200), "CSeq"))
    session:dispose()
    incoming = invited()
    incoming:progress(183, { reliable = true, body = SDP })
    assert.equal("accepted", assert(incoming:accept { force = true }).state)
    response(183)
    response(200)
    incoming.session:dispose()
  end)

  it("stops with a final answer", function()
    support.virtual()
    local incoming = invited()
    incoming:progress(183, { reliable = true, body = SDP })
    incoming:progress(180, { reliable = true })
    incoming:accept()
    incoming:reject(486)
    response(183)
    local text = response(486)
    send("ACK", { call_id = "call-1", to = header(text, "To"), branch = "z9hG4bK-x" })
    local session = incoming.session
    assert.equal("ended", session.state)
    local seen = {}
    while true do
      text = caller:receive(40)
      if not text then
        break
      end
      seen[text:match "%d%d%d"] = true
    end
    assert.is_nil(seen["183"])
    assert.is_nil(seen["200"])
  end)

  it("stops with a CANCEL, and what was held is never sent", function()
    support.virtual()
    calls = calls + 1
    send("INVITE", { call_id = "c", branch = "z9hG4bK-c", headers = { "Require: 100rel" } })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { body = SDP })
    local session = assert(incoming:accept())
    response(183)
    send("CANCEL", { call_id = "c", branch = "z9hG4bK-c" })
    assert.equal("1 CANCEL", header(response(200), "CSeq"))
    local text = response(487)
    send("ACK", { call_id = "c", branch = "z9hG4bK-c", to = header(text, "To") })
    assert.is_nil((caller:receive(60)))
    assert.equal("cancelled", session.cause)
  end)

  it("goes by what the caller has seen, whatever the script made of it", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true, extra_headers = { "RSeq: 900" } })
    local text = response(183)
    assert.equal("900", header(text, "RSeq"))
    prack(id, text)
    response(200)
    incoming:progress(183, { reliable = true, edit = function(bytes)
      return (bytes:gsub("RSeq: 901", "RSeq: 905"))
    end })
    text = response(183)
    assert.equal("905", header(text, "RSeq"))
    prack(id, text, { cseq = 3 })
    response(200)
    incoming:progress(180, { reliable = true })
    assert.equal("906", header(response(180), "RSeq"))
    incoming:reject(486)
  end)

  it("refuses the option where it makes no sense", function()
    local incoming = invited()
    for _, wrong in ipairs {
      function() incoming:accept { reliable = true } end,
      function() incoming:reply(100, { reliable = true }) end,
      function() incoming:progress(180, { reliable = "required" }) end,
    } do
      assert.error_matches(wrong, "^option \"reliable\"")
    end
    incoming:reject(486)
  end)

  it("gets on with a caller of ours", function()
    local alice = support.agent "alice"
    local notes = {}
    local request = alice:invite(support.uri(bob), nil, {
      on_progress = function(response_)
        notes[#notes + 1] = response_.status
        response_:prack { body = response_.message.body ~= "" and SDP or nil }
      end,
    })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180, { reliable = true })
    incoming:progress(183, { reliable = true, body = SDP })
    local at_bob = assert(incoming:accept())
    local pracks = { assert(at_bob:expect "PRACK"), assert(at_bob:expect "PRACK") }
    assert.equal("", pracks[1].message.body)
    assert.equal(SDP, pracks[2].message.body)
    local response_ = assert(request:await(2))
    assert.equal(200, response_.status)
    assert(at_bob:expect "ACK")
    assert.same({ 180, 183 }, notes)
    assert(response_.session:bye():expect "2xx")
  end)

  it("does the same in a re-INVITE", function()
    local alice = support.agent "alice"
    local a, b = support.call(alice, bob)
    local again = b:invite({ body = SDP, reliable = "required" })
    local incoming = assert(a:expect "INVITE")
    incoming:progress(183, { body = SDP })
    assert.equal("183", tostring(assert(again:expect(183)).status))
    assert(a:expect "PRACK")
    assert(incoming:accept())
    assert(again:expect "2xx")
    assert(a:expect "ACK")
    assert.equal("confirmed", a.state)
    again = b:invite { body = SDP, reliable = true, auto = { prack = false } }
    incoming = assert(a:expect "INVITE")
    incoming:progress(183, { reliable = true, body = SDP })
    assert(again:expect(183))
    incoming:reject(488)
    assert(again:expect(488))
    assert.equal("confirmed", a.state)
    assert(a:bye():expect "2xx")
  end)

  it("survives a session that was disposed of", function()
    local incoming = invited()
    incoming:progress(183, { reliable = true })
    response(183)
    incoming.session:dispose()
    incoming:reject(486)
    response(486)
  end)

  it("survives a BYE before the answer", function()
    local incoming, id = invited()
    incoming:progress(183, { reliable = true, body = SDP })
    local session = assert(incoming:accept())
    local text = response(183)
    send("BYE", { call_id = id, cseq = 2, to = header(text, "To") })
    local statuses = { response():match "%d%d%d %a+", response():match "%d%d%d %a+" }
    table.sort(statuses)
    assert.same({ "200 OK", "487 Request" }, statuses)
    assert.equal("bye received", session.cause)
  end)
end)
