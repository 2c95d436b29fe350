-- SPDX-License-Identifier: MIT
-- sip.agent{}: making, members, closing.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a user agent", function()
  it("has an address, a contact and a URI of its socket", function()
    local agent = support.agent "alice"
    assert.matches("^127%.0%.0%.1:%d+$", agent.address)
    assert.equal("UserAgent", sip.type(agent))
    assert.equal("sip:alice@127.0.0.1", agent.uri)
    assert.equal("<sip:alice@" .. agent.address .. ">", agent.contact)
  end)

  it("takes identity from its options", function()
    local agent = support.agent(nil, {
      uri = "sip:carol@example.com", display_name = "Carol C", user_agent = "spec/1",
    })
    local bob = support.agent "bob"
    agent:request("OPTIONS", support.uri(bob))
    local incoming = assert(bob:expect "OPTIONS")
    assert.equal("sip:carol@example.com", agent.uri)
    assert.matches('^"?Carol C"? <sip:carol@example%.com>;tag=', incoming.message.from)
    assert.equal("spec/1", incoming.message:header "User-Agent")
  end)

  it("is known by the address of its socket when it has no URI", function()
    local agent = support.agent()
    assert.equal("sip:" .. agent.address, agent.uri)
    assert.equal("<sip:" .. agent.address .. ">", agent.contact)
  end)

  it("gets a port of its own with port 0, and shares one when asked to", function()
    local a = support.agent "a"
    local b = support.agent "b"
    local c = support.agent("c", { shared = true })
    local d = support.agent("d", { shared = true })
    assert.not_equal(a.address, b.address)
    assert.equal(c.address, d.address)
    assert.equal(3, sip.objects().sockets)
  end)

  it("finds the agent of a shared socket by the user of the Request-URI", function()
    local alice = support.agent "alice"
    local carol = support.agent("carol", { shared = true })
    local dave = support.agent("dave", { shared = true })
    local request = alice:message("sip:dave@" .. dave.address, { body = "x" })
    assert(dave:expect("MESSAGE")):reply(202)
    assert.equal(202, assert(request:await(2)).status)
    local none, err = carol:expect("MESSAGE", { timeout = 0 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
  end)

  it("returns nil and why when it cannot listen", function()
    local first = support.agent "a"
    local raw = support.socket()
    local second, err = sip.agent { listen = "udp:" .. raw.address }
    assert.is_nil(second)
    assert.matches(raw.address, tostring(err), 1, true)
    assert.is_string(err.code)
    assert.is_false(first.closed)
  end)

  it("hears on IPv6 as well", function()
    local bob = support.agent("bob", { listen = "udp:[::1]:0" })
    local alice = support.agent("alice", { listen = "udp:[::1]:0" })
    support.answer(bob)
    local response = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):await(5))
    assert.equal(200, response.status)
    assert.matches("^%[::1%]:%d+$", response.message.remote)
    assert(response.session:bye():await(5))
  end)

  it("is closed once and for all, and refuses to be used then", function()
    local agent = support.agent "alice"
    agent:close()
    agent:close()
    assert.is_true(agent.closed)
    assert.equal("UserAgent (closed)", tostring(agent))
    assert.has_error(function() agent:invite("sip:bob@127.0.0.1") end,
      "this agent is closed")
  end)

  it("is closed at the end of a <close> variable", function()
    do
      local agent <close> = assert(sip.agent {})
      assert.equal(1, sip.objects().agents)
      assert.is_false(agent.closed)
    end
    assert.equal(0, sip.objects().agents)
    assert.equal(0, sip.objects().sockets)
  end)

  it("says what it is", function()
    local agent = support.agent "alice"
    assert.matches("^UserAgent %(sip:alice@.* on 127%.0%.0%.1:%d+%)$", tostring(agent))
  end)

  it("closes in silence with calls and requests open", function()
    local alice, bob = support.pair()
    local a, b = support.call(alice, bob)
    local silent = support.socket()
    local pending = alice:message("sip:nobody@" .. silent.address, { body = "x" })
    assert(silent:receive(2))
    local sent = sip.counters().sent
    alice:close()
    bob:close()
    assert.equal(sent, sip.counters().sent)
    assert.equal("ended", a.state)
    assert.equal("ended", b.state)
    assert.equal("disposed", pending.state)
    assert.equal(0, sip.objects().transactions + sip.objects().lingering)
  end)

  it("may be closed inside a delegate of its own", function()
    local alice, bob = support.agent "alice", support.agent "bob"
    local closed
    bob.delegate = { on_message = function()
      bob:close()
      closed = bob.closed
    end }
    alice:message(support.uri(bob), { body = "x" }):expect("2xx", { timeout = 0.05 })
    assert.is_true(closed)
  end)

  it("takes a delegate at any time, and only a table", function()
    local alice, bob = support.pair()
    local delegate = { on_message = function(incoming) incoming:reply(299) end }
    bob.delegate = delegate
    assert.equal(delegate, bob.delegate)
    assert.equal(299, alice:message(support.uri(bob), { body = "x" }):await(2).status)
    bob.delegate = nil
    assert.is_nil(bob.delegate)
    assert.has_error(function() bob.delegate = 5 end)
  end)

  it("calls on_request for what has no function of its own", function()
    local alice, bob = support.pair()
    local seen = {}
    bob.delegate = {
      on_message = function(incoming) incoming:reply(200) end,
      on_request = function(incoming)
        seen[#seen + 1] = incoming.method
        incoming:reply(299)
      end,
    }
    assert.equal(299, alice:request("FOO", support.uri(bob)):await(2).status)
    assert.equal(299, alice:request("OPTIONS", support.uri(bob)):await(2).status)
    assert.equal(200, alice:message(support.uri(bob), { body = "x" }):await(2).status)
    assert.same({ "FOO", "OPTIONS" }, seen)
  end)

  it("sends through its proxy whatever the target says", function()
    local proxy = support.agent "proxy"
    local alice = support.agent("alice", { proxy = "sip:" .. proxy.address })
    alice:message("sip:bob@example.invalid", { body = "x" })
    local incoming = assert(proxy:expect("MESSAGE", { timeout = 2 }))
    assert.equal("sip:bob@example.invalid", incoming.message.uri)
    incoming:reply(200)
  end)
end)
