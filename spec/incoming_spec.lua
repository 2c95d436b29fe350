-- SPDX-License-Identifier: MIT
-- Incoming requests and their answers.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an incoming request", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("has message, method, remote, status and a text", function()
    alice:message(support.uri(bob), { body = "x" })
    local incoming = assert(bob:expect "MESSAGE")
    assert.equal("IncomingMessageRequest", sip.type(incoming))
    assert.equal("MESSAGE", incoming.method)
    assert.equal("x", incoming.message.body)
    assert.equal(alice.address, incoming.remote)
    assert.is_nil(incoming.status)
    assert.is_nil(incoming.session)
    assert.is_false(incoming.cancelled)
    assert.matches("^IncomingMessageRequest %(MESSAGE sip:bob@", tostring(incoming))
    incoming:reply(200)
    assert.equal(200, incoming.status)
    assert.matches("answered 200%)$", tostring(incoming))
  end)

  it("is answered by trying, progress, accept", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    assert(incoming:trying())
    assert(request:expect(100))
    assert(incoming:progress())
    assert.equal(180, assert(request:expect "1xx").status)
    assert(incoming:progress(183, { body = sip.sdp() }))
    local progress = assert(request:expect(183))
    assert.equal("application/sdp", progress.message:header "Content-Type")
    local session = assert(incoming:accept { body = sip.sdp() })
    assert.equal("Session", sip.type(session))
    assert.equal(session, incoming.session)
    assert.equal(200, assert(request:await(2)).status)
    assert(session:bye():await(2))
  end)

  it("keeps one To tag through all of its answers, and none in the 100", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:trying()
    incoming:progress(180)
    incoming:reject(486)
    assert.is_nil(assert(request:expect(100)).message.to_tag)
    local tag = assert(request:expect(180)).message.to_tag
    assert.is_string(tag)
    assert.equal(tag, assert(request:await(2)).message.to_tag)
  end)

  it("is redirected to one contact or several", function()
    local function redirected(contacts)
      local request = alice:invite(support.uri(bob))
      assert(bob:expect "INVITE"):redirect(contacts)
      local response = assert(request:await(2))
      assert.equal(302, response.status)
      return response.message:headers "Contact"
    end
    assert.same({ "<sip:carol@127.0.0.1:1>" }, redirected "sip:carol@127.0.0.1:1")
    assert.same({ "<sip:a@127.0.0.1:1>", "<sip:b@127.0.0.1:2>" },
      redirected { "sip:a@127.0.0.1:1", "sip:b@127.0.0.1:2" })
  end)

  it("refuses contacts that are none, and too many", function()
    alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    assert.has_error(function() incoming:redirect() end)
    assert.has_error(function() incoming:redirect { 5 } end)
    local many, lines = {}, {}
    for i = 1, 40 do
      many[i] = "sip:a@127.0.0.1:" .. i
      lines[i] = "X-Line: " .. i
    end
    assert.error_matches(function() incoming:redirect(many, { extra_headers = lines }) end,
      "too many contacts", 1, true)
    incoming:reject()
  end)

  it("is rejected, with 480 when nothing is said", function()
    local request = alice:invite(support.uri(bob))
    assert(bob:expect "INVITE"):reject()
    assert.equal(480, assert(request:await(2)).status)
  end)

  it("refuses a status that does not fit", function()
    alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    for _, f in ipairs {
      function() incoming:progress(100) end, function() incoming:progress(200) end,
      function() incoming:reject(200) end, function() incoming:reject(700) end,
      function() incoming:reply(99) end, function() incoming:reply(700) end,
      function() incoming:reply() end,
    } do
      assert.has_error(f)
    end
    assert.is_nil(incoming.status)
    incoming:reject(486)
  end)

  it("has one final answer; force sends another one all the same", function()
    local caller = support.socket()
    caller:send(support.request_text("MESSAGE", {
      uri = support.uri(bob), from = caller.address,
    }), bob.address)
    local incoming = assert(bob:expect "MESSAGE")
    assert(incoming:reply(200))
    local again, err = incoming:reply(486)
    assert.is_nil(again)
    assert.equal("state", err.code)
    assert.matches("^SIP/2.0 200 ", assert(caller:receive(1)))
    assert.is_nil((caller:receive(0.02)))
    assert(incoming:reply(486, { force = true }))
    assert.matches("^SIP/2.0 486 ", assert(caller:receive(1)))
  end)

  it("cannot be answered when it is an ACK", function()
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    local ack = assert(session:expect "ACK")
    local sent, err = ack:reply(200)
    assert.is_nil(sent)
    assert.equal("state", err.code)
    assert(request:await(2).session:bye():await(2))
  end)

  it("gets a 100 after 200 ms where nobody has answered yet", function()
    support.virtual()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    local begun = sip.now()
    assert(request:expect(100, { timeout = 1 }))
    assert.near(0.2, sip.now() - begun, 0.01)
    incoming:reject(486)
    assert(request:await(2))
  end)

  it("gets no 100 with auto = { trying = false }, nor for other methods", function()
    support.virtual()
    bob = support.agent("bob", { auto = { trying = false } })
    for _, method in ipairs { "INVITE", "MESSAGE" } do
      local request = alice:request(method, support.uri(bob))
      local incoming = assert(bob:expect(method))
      local none, err = request:expect(100, { timeout = 0.45 })
      assert.is_nil(none)
      assert.equal("timeout", err.code)
      incoming:reject(486)
    end
  end)

  it("comes once however often it is repeated, and each repeat is answered", function()
    local caller = support.socket()
    local count = 0
    bob.delegate = { on_message = function(incoming)
      count = count + 1
      incoming:reply(200)
    end }
    local text = support.request_text("MESSAGE", { uri = support.uri(bob), from = caller.address })
    for _ = 1, 3 do
      caller:send(text, bob.address)
      assert.matches("^SIP/2.0 200 ", assert(caller:receive(1)))
    end
    assert.equal(1, count)
  end)

  it("is the same object in delegate and later, while it is open", function()
    local kept
    bob.delegate = { on_invite = function(incoming) kept = incoming end }
    local request = alice:invite(support.uri(bob))
    sip.sleep(0.01)
    collectgarbage()
    assert.is_true(kept:progress(180) == kept)
    assert(request:expect(180))
    kept:accept { body = sip.sdp() }
    assert(request:await(2).session:bye():await(2))
  end)

  it("keeps what a stranger wrote, malformed or not", function()
    local caller = support.socket()
    caller:send(support.request_text("MESSAGE", {
      uri = support.uri(bob), from = caller.address,
      headers = { "Subject:   spaced  out  ", "Date: no date at all" },
    }), bob.address)
    local incoming = assert(bob:expect "MESSAGE")
    assert.equal("spaced  out", incoming.message:header "s")
    assert.equal("no date at all", incoming.message:header "Date")
    incoming:reply(200)
  end)
end)
