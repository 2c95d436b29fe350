-- SPDX-License-Identifier: MIT
-- Reliable provisional responses (RFC 3262) to an INVITE of ours: what is
-- offered, what is in order, and the PRACKs.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a caller with 100rel", function()
  local alice, callee, target

  before_each(function()
    alice = support.agent("alice", { password = "secret" })
    callee = support.socket()
    target = "sip:bob@" .. callee.address
  end)

  --- A request of alice's, as the callee gets it; of that method, if one is given.
  local function received(method)
    local text = assert(callee:receive(2))
    assert.matches("^" .. (method or "%u+") .. " ", text)
    return text
  end

  local function header(text, name)
    return text:match("\r\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)\r\n")
  end

  local function answer(text, status_line, headers, tag)
    callee:send(support.response_text(text, status_line, headers, tag), alice.address)
  end

  local function contact()
    return ("Contact: <sip:bob@%s>"):format(callee.address)
  end

  --- A reliable 1xx; `rseq` nil: without the number.
  local function ring(invite, rseq, more)
    more = more or {}
    local headers = { contact(), "Require: 100rel", rseq and "RSeq: " .. rseq, more.header }
    answer(invite, more.line or "183 Session Progress", headers, more.tag)
  end

  --- Gets a PRACK, checks its RAck and answers it.
  local function pracked(rack, tag)
    local prack = received "PRACK"
    assert.equal(rack, header(prack, "RAck"))
    assert.equal(tag or "rawtag", header(prack, "To"):match ";tag=(%w+)")
    answer(prack, "200 OK")
    return prack
  end

  local function nothing_comes()
    assert.is_nil((callee:receive(0.05)))
  end

  --- An INVITE under way, and its text.
  local function invite(options, delegate)
    local request = alice:invite(target, options or { body = sip.sdp() }, delegate)
    return request, received "INVITE"
  end

  local function finish(request, text)
    answer(text, "200 OK", { contact() })
    local response = assert(request:await(2))
    received "ACK"
    return response
  end

  describe("offers it", function()
    local function offered(options)
      local request, text = invite(options)
      request:dispose()
      return header(text, "Supported"), header(text, "Require")
    end

    it("with the switch prack", function()
      assert.matches("100rel", (offered {}))
      assert.equal("timer, replaces", (offered { auto = { prack = false } }))
    end)

    it("as the option reliable says, or requires it", function()
      assert.equal("timer, replaces", (offered { reliable = false }))
      assert.matches("100rel", (offered { reliable = true, auto = { prack = false } }))
      local _, require = offered { reliable = "required" }
      assert.equal("100rel", require)
      assert.error_matches(function() alice:invite(target, { reliable = "yes" }) end,
        'option "reliable" must be true, false or "required", got "yes"')
    end)

    it("with the script's own lines instead", function()
      assert.equal("x-mine", (offered { extra_headers = { "Supported: x-mine" } }))
    end)

    it("in OPTIONS, UPDATE, re-INVITE, and in the 2xx of these", function()
      local bob = support.agent "bob"
      local a, b = support.call(alice, bob)
      for _, request in ipairs { alice:options(support.uri(bob)), a:update(), a:options() } do
        assert.matches("100rel", request.message:header "Supported")
        assert.matches("100rel", assert(request:expect "2xx").message:header "Supported")
      end
      local again = a:invite { body = sip.sdp() }
      assert.matches("100rel", again.message:header "Supported")
      assert(b:expect "INVITE"):accept { body = sip.sdp() }
      assert.matches("100rel", assert(again:expect "2xx").message:header "Supported")
      assert.is_nil(a:info().message:header "Supported")
    end)
  end)

  it("acknowledges a reliable 183 in its early dialog", function()
    local request, text = invite()
    ring(text, 314, { header = "Record-Route: <sip:" .. callee.address .. ";lr;who=p1>" })
    local response = assert(request:expect(183))
    assert.is_true(response.reliable)
    assert.equal(314, response.rseq)
    assert.same({}, response.problems)
    assert.equal("early", response.session.state)
    local prack = pracked "314 1 INVITE"
    assert.equal("2 PRACK", header(prack, "CSeq"))
    assert.matches("^PRACK sip:bob@", prack)
    assert.matches(";lr;who=p1>", header(prack, "Route"), 1, true)
    assert.equal(response.session, finish(request, text).session)
  end)

  it("does so when the delegate has returned", function()
    support.virtual()
    local _, text = invite(nil, { on_progress = function() sip.sleep(0.4) end })
    local begun = sip.now()
    ring(text, 1)
    pracked "1 1 INVITE"
    assert.near(0.4, sip.now() - begun, 0.01)
  end)

  it("does not where the script has done it", function()
    local pracks = {}
    local request, text = invite(nil, { on_progress = function(response)
      local prack = assert(response:prack { body = "v=0\r\n", extra_headers = { "X-My: 1" } })
      pracks[#pracks + 1] = prack
    end })
    ring(text, 7)
    local prack = pracked "7 1 INVITE"
    assert.equal("1", header(prack, "X-My"))
    assert.equal("application/sdp", header(prack, "Content-Type"))
    assert.equal(1, #pracks)
    assert.equal("OutgoingPrackRequest", sip.type(pracks[1]))
    assert.equal("PRACK", pracks[1].method)
    assert.equal(200, assert(pracks[1]:await(2)).status)
    nothing_comes()
    finish(request, text)
  end)

  it("acknowledges several, each by its number", function()
    local request, text = invite()
    for rseq = 41, 44 do
      ring(text, rseq)
      pracked(rseq .. " 1 INVITE")
    end
    nothing_comes()
    finish(request, text)
  end)

  it("takes repeats for what they are", function()
    local told = 0
    local request, text = invite(nil, { on_progress = function() told = told + 1 end })
    ring(text, 5)
    ring(text, 5)
    pracked "5 1 INVITE"
    ring(text, 5)
    nothing_comes()
    finish(request, text)
    assert.equal(1, told)
  end)

  it("tells of what came too early, and acknowledges it once it is in order", function()
    local notes = {}
    local request, text = invite(nil, { on_progress = function(response)
      notes[#notes + 1] = response.rseq .. " " .. table.concat(response.problems, " ")
    end })
    ring(text, 5)
    pracked "5 1 INVITE"
    ring(text, 7)
    nothing_comes()
    ring(text, 7)
    ring(text, 6)
    pracked "6 1 INVITE"
    ring(text, 7)
    pracked "7 1 INVITE"
    finish(request, text)
    assert.same({ "5 ", "7 bad-rseq", "6 ", "7 " }, notes)
  end)

  it("tells of a number that was used for something else", function()
    local request, text = invite()
    ring(text, 5)
    pracked "5 1 INVITE"
    ring(text, 5, { line = "180 Ringing" })
    local response = assert(request:expect(180))
    assert.same({ "bad-rseq" }, response.problems)
    assert.is_true(response.reliable)
    nothing_comes()
    finish(request, text)
  end)

  for name, rseq in pairs { none = false, zero = "0", letters = "x1", large = "4294967296" } do
    it("tells of an RSeq that is no number: " .. name, function()
      local request, text = invite()
      ring(text, rseq or nil)
      local response = assert(request:expect(183))
      assert.same({ "bad-rseq" }, response.problems)
      assert.is_nil(response.rseq)
      assert.is_true(response.reliable)
      nothing_comes()
      finish(request, text)
    end)
  end

  it("takes the option tag, and nothing that looks like it", function()
    local request, text = invite()
    answer(text, "183 Session Progress", { contact(), "Require: 100release", "RSeq: 1" })
    assert.is_false(assert(request:expect(183)).reliable)
    nothing_comes()
    answer(text, "182 Queued", { contact(), "Require: foo, 100REL", "RSeq: 1" })
    pracked "1 1 INVITE"
    finish(request, text)
  end)

  it("names the INVITE that was answered, not its own latest request", function()
    local request, text = invite()
    answer(text, "401 Unauthorized", { 'WWW-Authenticate: Digest realm="r", nonce="n"' })
    received "ACK"
    text = received "INVITE"
    ring(text, 1)
    pracked "1 2 INVITE"
    local session = assert(request:expect(183)).session
    assert(session:info())
    answer(received "INFO", "200 OK")
    ring(text, 2)
    local prack = pracked "2 2 INVITE"
    assert.equal("5 PRACK", header(prack, "CSeq"))
    finish(request, text)
  end)

  it("answers a challenge of its PRACK, and counts on from there", function()
    local request, text = invite()
    ring(text, 1)
    local prack = received "PRACK"
    answer(prack, "401 Unauthorized", { 'WWW-Authenticate: Digest realm="r", nonce="n"' })
    prack = pracked "1 1 INVITE"
    assert.equal("3 PRACK", header(prack, "CSeq"))
    assert.matches('uri="sip:bob@', header(prack, "Authorization"), 1, true)
    ring(text, 2)
    prack = pracked "2 1 INVITE"
    assert.equal("4 PRACK", header(prack, "CSeq"))
    finish(request, text)
  end)

  it("counts for each fork by itself", function()
    local request, text = invite()
    ring(text, 100, { tag = "a" })
    pracked("100 1 INVITE", "a")
    ring(text, 7, { tag = "b" })
    pracked("7 1 INVITE", "b")
    ring(text, 101, { tag = "a", line = "180 Ringing" })
    pracked("101 1 INVITE", "a")
    ring(text, 9, { tag = "b", line = "180 Ringing" })
    assert.same({}, assert(request:expect(180)).problems)
    local odd = assert(request:expect(180))
    assert.equal("b", odd.session.remote_tag)
    assert.same({ "bad-rseq" }, odd.problems)
    nothing_comes()
    answer(text, "486 Busy Here")
    assert(request:await(2))
  end)

  it("leaves all of it to the script with auto = { prack = false }", function()
    local request, text = invite { reliable = true, auto = { prack = false } }
    for rseq = 1, 3 do
      ring(text, rseq)
    end
    local responses = {}
    for i = 1, 3 do
      responses[i] = assert(request:expect(183))
    end
    nothing_comes()
    local session = responses[1].session
    assert(session:prack()) -- of the latest that waits
    pracked "3 1 INVITE"
    assert(responses[1]:prack())
    pracked "1 1 INVITE"
    assert(session:prack())
    pracked "2 1 INVITE"
    local prack, err = session:prack()
    assert.is_nil(prack)
    assert.equal("state", err.code)
    assert.matches("no reliable response waits", tostring(err), 1, true)
    finish(request, text)
  end)

  it("says what the script wants said, and has acknowledged with that", function()
    local request, text = invite(nil, { on_progress = function(response)
      response.session:prack { rack = "99 1 INVITE" }
    end })
    ring(text, 4)
    pracked "99 1 INVITE"
    nothing_comes()
    local response = assert(request:expect(183))
    response:prack { extra_headers = { "RAck: 4 77 INVITE" } }
    pracked "4 77 INVITE"
    response:prack { headers = { remove = { "RAck" } } }
    assert.is_nil(header(received "PRACK", "RAck"))
    finish(request, text)
  end)

  it("can acknowledge what was not reliable, and nothing without a session", function()
    local request, text = invite()
    answer(text, "180 Ringing", { contact() })
    local response = assert(request:expect(180))
    local prack, err = response:prack()
    assert.is_nil(prack)
    assert.equal("state", err.code)
    assert(response:prack { rack = "1 1 INVITE" })
    pracked "1 1 INVITE"
    local rejected = alice:message(target, { body = "x" })
    answer(received "MESSAGE", "404 Not Found")
    prack, err = assert(rejected:await(2)):prack()
    assert.is_nil(prack)
    assert.equal("state", err.code)
    finish(request, text)
  end)

  it("keeps the early session when a PRACK is refused or not answered", function()
    support.virtual()
    local request, text = invite()
    ring(text, 1)
    local early = assert(request:expect(183)).session
    answer(received "PRACK", "481 Call/Transaction Does Not Exist")
    ring(text, 2)
    received "PRACK"
    sip.sleep(40)
    assert.equal("early", early.state)
    while callee:receive(0.001) do end -- the repeats of the PRACK
    assert.equal(early, finish(request, text).session)
    assert.equal("confirmed", early.state)
  end)

  it("begins anew with a re-INVITE", function()
    local request, text = invite()
    ring(text, 50)
    pracked "50 1 INVITE"
    local session = finish(request, text).session
    local again = session:invite { body = sip.sdp() }
    local second = received "INVITE"
    ring(second, 3)
    pracked "3 3 INVITE"
    assert.equal(session, assert(again:expect(183)).session)
    finish(again, second)
  end)

  it("sends no PRACK once it was disposed of", function()
    local request, text
    request, text = invite(nil, { on_progress = function() request:dispose() end })
    ring(text, 1)
    nothing_comes()
  end)
end)
