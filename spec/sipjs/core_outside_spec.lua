-- SPDX-License-Identifier: MIT
-- SIP.js's tests of two cores back to back, as situations of ours: other requests
-- outside of dialogs, and requests that deserve none but a refusal.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("outside of a dialog:", function()
  local alice, bob, from_alice, from_bob, told

  before_each(function()
    support.virtual()
    alice, bob = support.agent "alice", support.agent("bob", { hold = 0 })
    from_alice, from_bob, told = wire.tap(alice), wire.tap(bob), {}
  end)

  local function assert_went(request, method, answers, tale)
    assert(request:await(1))
    sip.sleep(1)
    assert.same({ method }, from_alice:sent())
    assert.same(answers, from_bob:sent())
    assert.same(tale, told)
  end

  it("MESSAGE, nobody at the callee's: 200, on_accept", function()
    assert_went(alice:message(support.uri(bob), { body = "x" }, wire.noting(told)),
      "MESSAGE", { "200" }, { "on_accept 200" })
  end)

  it("PUBLISH: 405, on_reject", function()
    assert_went(alice:publish(support.uri(bob), { body = "x" }, wire.noting(told)),
      "PUBLISH", { "405" }, { "on_reject 405" })
  end)

  it("SUBSCRIBE to a plain agent: 480, on_reject", function()
    assert_went(alice:subscribe(support.uri(bob), { event = "foo", expires = 600 },
      wire.noting(told)), "SUBSCRIBE", { "480" }, { "on_reject 480" })
  end)

  it("an unknown method: 405, with Allow", function()
    local request = alice:request("FOO", support.uri(bob), nil, wire.noting(told))
    assert_went(request, "FOO", { "405" }, { "on_reject 405" })
    assert.matches("INVITE, ACK", wire.header(from_bob.out[1], "Allow"), 1, true)
  end)

  it("the same request on another branch: 482; with the switch off it is served", function()
    for auto, second in pairs { [true] = "482", [false] = "200" } do
      local carol = support.agent("carol", { hold = 0, auto = { merged = auto } })
      local raw = support.socket()
      for i, word in ipairs { "200", second } do
        raw:send(support.request_text("MESSAGE", {
          uri = support.uri(carol), from = raw.address, branch = "z9hG4bK" .. i,
        }), carol.address)
        assert.equal(word, wire.word(assert(raw:receive(1))))
      end
    end
  end)

  it("a sips Request-URI is served (differs: SIP.js answers 416)", function()
    local raw = support.socket()
    raw:send(support.request_text("MESSAGE", {
      uri = "sips:bob@" .. bob.address, from = raw.address,
    }), bob.address)
    assert.equal("200", wire.word(assert(raw:receive(1))))
  end)

  it("a foreign user is served (differs: SIP.js answers 404)", function()
    assert_went(alice:message("sip:nobody@" .. bob.address, { body = "x" }, wire.noting(told)),
      "MESSAGE", { "200" }, { "on_accept 200" })
  end)
end)
