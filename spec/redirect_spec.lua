-- SPDX-License-Identifier: MIT
-- 3xx followed by the engine (RFC 3261 8.1.3.4), with the switch `redirect`.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local FOLLOW <const> = { redirect = true }

--- A server that redirects to these Contact values.
local function redirecting(contacts, status)
  return support.server(function(incoming)
    local lines = {}
    for i, contact in ipairs(contacts) do
      lines[i] = "Contact: " .. contact
    end
    incoming:reply(status or 302, { extra_headers = lines })
  end)
end

local function answering(status, lines)
  return support.server(function(incoming)
    incoming:reply(status, { extra_headers = lines })
  end)
end

local function contact(agent, q)
  return ("<sip:bob@%s>"):format(agent.address) .. (q and ";q=" .. q or "")
end

local function ask(agent, at, options)
  options = options or {}
  options.auto = options.auto or FOLLOW
  return agent:request("OPTIONS", support.uri(at, "start"), options)
end

describe("a redirection", function()
  it("is told to the script unless the switch is on", function()
    local target, seen = answering(200)
    local server = redirecting { contact(target) }
    local told = 0
    local request = support.agent("alice"):request("OPTIONS", support.uri(server), {}, {
      on_redirect = function() told = told + 1 end,
    })
    assert(request:expect(302))
    sip.sleep(0)
    assert.equal(1, told)
    assert.same({}, seen)
  end)

  it("is followed with the same Call-ID and tags, the next CSeq and a new branch", function()
    local target, seen = answering(200)
    local server, seen_first = redirecting { contact(target) }
    local told = {}
    local request = support.agent("alice"):message(support.uri(server), {
      body = "hello", auto = FOLLOW, extra_headers = { "X-Mine: 1" },
    }, {
      on_redirect = function() told[#told + 1] = "redirect" end,
      on_accept = function() told[#told + 1] = "accept" end,
    })
    assert(request:expect "2xx")
    sip.sleep(0)
    assert.same({ "accept" }, told)
    local before, after = seen_first[1], seen[1]
    assert.equal("sip:bob@" .. target.address, after.uri)
    assert.equal(after.uri, request.message.uri)
    assert.equal(2, request.attempts)
    assert.equal(before.cseq + 1, after.cseq)
    assert.not_equal(before.via, after.via)
    for _, same in ipairs { "call_id", "from", "to", "body" } do
      assert.equal(before[same], after[same])
    end
    assert.equal("1", after:header "X-Mine")
  end)

  it("makes the session of an INVITE at the target", function()
    local bob = support.agent "bob"
    support.answer(bob)
    local server = redirecting { contact(bob) }
    local call = support.agent("alice"):invite(support.uri(server), {
      body = sip.sdp(), auto = FOLLOW,
    })
    local session = assert(call:expect "2xx").session
    local bye = session:bye()
    assert(bye:expect "2xx")
    assert.equal("sip:bob@" .. bob.address, bye.message.uri)
  end)

  it("tries its contacts in turn, best q first, those without one as 1", function()
    local busy, order = {}, {}
    local function named(name, status)
      return support.server(function(incoming)
        order[#order + 1] = name
        incoming:reply(status)
      end)
    end
    for i, status in ipairs { 486, 404, 500, 200 } do
      busy[i] = named(i, status)
    end
    local server = redirecting {
      contact(busy[4], "0.05"), contact(busy[3], "0.5"), contact(busy[1]), contact(busy[2], "0.9"),
    }
    local request = ask(support.agent "alice", server)
    assert(request:expect "2xx")
    assert.same({ 1, 2, 3, 4 }, order)
    assert.equal(5, request.attempts)
  end)

  it("tries equal ones in their order", function()
    local first, second = answering(486), answering(200)
    local server = redirecting { contact(first), contact(second, "1.0") }
    local request = ask(support.agent "alice", server)
    assert(request:expect "2xx")
    assert.equal(3, request.attempts)
  end)

  it("ends with the last refusal, or at once with a 6xx", function()
    local alice = support.agent "alice"
    local first, last = answering(486), answering(404)
    local server = redirecting { contact(first, "0.9"), contact(last, "0.1") }
    assert.equal(404, assert(ask(alice, server):await(5)).status)

    local decline, never = answering(603), answering(200)
    server = redirecting { contact(decline, "0.9"), contact(never, "0.1") }
    assert.equal(603, assert(ask(alice, server):await(5)).status)
  end)

  it("leads on through further ones", function()
    local bob = answering(200)
    local second = redirecting({ contact(bob) }, 301)
    local first = redirecting({ contact(second) }, 300)
    local request = ask(support.agent "alice", first)
    assert(request:expect "2xx")
    assert.equal(3, request.attempts)
  end)

  it("goes to no place twice", function()
    local one = support.agent "one"
    local other, seen_other = redirecting { contact(one), "<sip:start@" .. one.address .. ">" }
    local seen_one = 0
    one.delegate = {
      on_options = function(incoming)
        seen_one = seen_one + 1
        incoming:redirect { "sip:bob@" .. other.address }
      end,
    }
    local request = ask(support.agent "alice", one)
    assert(request:expect(302))
    assert.equal(2, seen_one) -- as "start" and as "bob"
    assert.equal(1, #seen_other)
  end)

  it("ends after ten hops", function()
    local server, seen = support.server(function(incoming, n)
      incoming:redirect { ("sip:n%d@%s"):format(n, incoming.message.local_address) }
    end)
    assert(ask(support.agent "alice", server):expect(302))
    assert.equal(11, #seen)
  end)

  it("passes over what cannot be reached", function()
    local bob, seen = answering(200)
    local server = redirecting {
      "<sips:bob@" .. bob.address .. ">", "<tel:+4930123456>", "<sip:bob@127.0.0.1;transport=tcp>",
      "<mailto:bob@example.com>", "no address", "<sip:bob@[::1]:5060>", contact(bob, "0.1"),
    }
    local request = ask(support.agent "alice", server)
    assert(request:expect "2xx")
    assert.equal(2, request.attempts)
    assert.equal(1, #seen)
  end)

  it("goes on from a target that does not answer", function()
    local bob = answering(200)
    local silent = support.socket()
    local server = redirecting {
      ("<sip:x@%s>;q=0.9"):format(silent.address), contact(bob, "0.1"),
    }
    support.virtual()
    local request = ask(support.agent "alice", server)
    assert(request:expect("2xx", { timeout = 60 }))
    assert.equal(3, request.attempts)
  end)

  it("is told when it names nothing to follow", function()
    local alice = support.agent "alice"
    for _, contacts in ipairs { {}, { "<sips:bob@127.0.0.1>" } } do
      assert(ask(alice, (redirecting(contacts))):expect(302))
    end
    local bob, seen = answering(200)
    for _, status in ipairs { 305, 380 } do
      assert(ask(alice, (redirecting({ contact(bob) }, status))):expect(status))
    end
    assert.same({}, seen)
  end)

  it("leaves the headers of its URI out", function()
    local bob, seen = answering(200)
    local server = redirecting { ("<sip:bob@%s;x=1?Subject=evil>"):format(bob.address) }
    assert(ask(support.agent "alice", server):expect "2xx")
    assert.equal(("sip:bob@%s;x=1"):format(bob.address), seen[1].uri)
  end)

  it("stays behind a proxy, and behind a route", function()
    local behind = "<sip:bob@127.0.0.9>"
    local function proxy()
      return support.server(function(incoming, n)
        incoming:reply(n == 1 and 302 or 200, { extra_headers = { "Contact: " .. behind } })
      end)
    end
    local plain, seen = proxy()
    local alice = support.agent("alice", { proxy = "sip:" .. plain.address })
    assert(alice:request("OPTIONS", "sip:x@127.0.0.8", { auto = FOLLOW }):expect "2xx")
    assert.equal("sip:bob@127.0.0.9", seen[2].uri)

    local secure, seen_secure = redirecting { "<sips:bob@127.0.0.9>" }
    local dave = support.agent("dave", { proxy = "sip:" .. secure.address })
    assert(dave:request("OPTIONS", "sip:x@127.0.0.8", { auto = FOLLOW }):expect(302))
    assert.equal(1, #seen_secure)

    local hop, seen_hop = proxy()
    local route = ("<sip:%s;lr>"):format(hop.address)
    local request = support.agent("carol"):request("OPTIONS", "sip:x@127.0.0.8", {
      auto = FOLLOW, route = route,
    })
    assert(request:expect "2xx")
    assert.equal("sip:bob@127.0.0.9", seen_hop[2].uri)
    assert.same({ route, route }, support.each(seen_hop, "Route"))
  end)

  it("takes no credentials to the next server, and answers it anew", function()
    local CHALLENGE <const> = 'WWW-Authenticate: Digest realm="r", nonce="%s", algorithm=MD5'
    local function guarded(nonce, status, lines)
      return support.server(function(incoming)
        local answered = (incoming.message:header "Authorization" or ""):find(nonce, 1, true)
        incoming:reply(answered and status or 401, {
          extra_headers = answered and lines or { CHALLENGE:format(nonce) },
        })
      end)
    end
    local target, seen = guarded("second", 200, {})
    local server = guarded("first", 302, { "Contact: " .. contact(target) })
    local request = ask(support.agent("alice", { password = "secret" }), server)
    assert(request:expect "2xx")
    assert.equal(4, request.attempts)
    assert.is_nil(seen[1]:header "Authorization")
    assert.matches("second", seen[2]:header "Authorization", 1, true)
  end)

  it("is not followed by what was cancelled", function()
    local bob, seen = answering(200)
    local server = support.agent "server"
    local call = support.agent("alice"):invite(support.uri(server), { auto = FOLLOW })
    local incoming = assert(server:expect "INVITE")
    incoming:progress(180)
    assert(call:expect(180))
    call:cancel()
    incoming:redirect { contact(bob) }
    assert.is_true(assert(call:await(5)).status >= 300)
    assert.same({}, seen)
  end)

  it("is followed inside a dialog as well, with its next CSeq", function()
    local alice, bob = support.pair({}, { auto = { options = false } })
    local at_alice, at_bob = support.call(alice, bob)
    local carol = support.socket()
    local request = at_alice:request("OPTIONS", { auto = FOLLOW })
    assert(assert(at_bob:expect "OPTIONS"):redirect { "sip:carol@" .. carol.address })
    local text, from = assert(carol:receive(2))
    assert.matches(("^OPTIONS sip:carol@%s SIP/2.0\r\n"):format(carol.address), text)
    assert.matches("\r\nCSeq: 3 OPTIONS\r\n", text)
    carol:send(support.response_text(text, "200 OK"), from)
    assert(request:expect "2xx")
    local bye = at_alice:bye()
    assert(bye:expect "2xx")
    assert.equal(4, bye.message.cseq)
  end)

  it("forgets the request that is disposed of on the way", function()
    local silent = support.socket()
    local server = redirecting { ("<sip:x@%s>"):format(silent.address) }
    local request = ask(support.agent "alice", server)
    assert(silent:receive(2))
    request:dispose()
    assert.equal("disposed", request.state)
  end)
end)
