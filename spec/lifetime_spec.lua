-- SPDX-License-Identifier: MIT
-- What keeps what alive, and what is left when all is closed.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function settle()
  sip.sleep(0.01)
  collectgarbage()
  collectgarbage()
end

describe("lifetime", function()
  it("keeps an open agent and its delegate though no variable holds it", function()
    local address
    do
      local bob = assert(sip.agent { uri = "sip:bob@127.0.0.1" })
      bob.delegate = { on_message = function(incoming)
        incoming:reply(200)
        if incoming.message.body == "end" then
          bob:close()
        end
      end }
      address = bob.address
    end
    settle()
    local alice = support.agent "alice"
    assert.equal(200, assert(alice:message("sip:bob@" .. address):await(2)).status)
    settle()
    alice:message("sip:bob@" .. address, { body = "end" }):await(0.1)
    assert.equal(1, sip.objects().agents)
  end)

  it("keeps a request and its delegate until the outcome", function()
    local alice, bob = support.pair()
    local seen
    alice:message(support.uri(bob), { body = "x" }, {
      on_accept = function(response) seen = response.status end,
    })
    settle()
    local incoming = assert(bob:expect "MESSAGE")
    settle()
    incoming:reply(202)
    sip.sleep(0.02)
    assert.equal(202, seen)
  end)

  it("lets go of a request after its outcome", function()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    for _ = 1, 50 do
      assert(alice:message(support.uri(bob)):await(2))
    end
    settle()
    assert.equal(0, sip.objects().requests)
    assert.equal(0, sip.objects().incoming)
    assert.is_true(sip.objects().lingering >= 50)
  end)

  it("keeps a session and its delegate until the BYE", function()
    local alice, bob = support.pair()
    local ended
    do
      local _, b = support.call(alice, bob)
      b.delegate = { on_end = function(cause) ended = cause end }
    end
    settle()
    assert.equal(2, sip.objects().sessions)
    local a = support.call(alice, bob)
    settle()
    assert(a:bye():await(2))
    assert.is_nil(ended)
    bob:close()
    settle()
    assert.is_nil(ended)
  end)

  it("keeps what a response needs, even when the request is forgotten", function()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming)
      incoming:reply(200, { extra_headers = { "X-Late: look" } })
    end }
    local response = assert(alice:message(support.uri(bob)):await(2))
    settle()
    alice:close()
    bob:close()
    settle()
    assert.equal("look", response.message:header "X-Late")
    assert.equal("200 OK", tostring(response))
    assert.equal("done", response.request.state)
  end)

  it("keeps closed things harmless", function()
    local alice, bob = support.pair()
    local a, b = support.call(alice, bob)
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    alice:close()
    bob:close()
    settle()
    assert.is_nil((a:bye()))
    assert.is_nil((b:request "INFO"))
    assert.is_nil((request:cancel()))
    assert.is_nil((incoming:accept { body = sip.sdp() }))
    assert.is_nil((incoming:reply(200, { force = true })))
    assert.is_nil((a:ack()))
    assert.equal("ended", a.state)
    assert.is_string(a.call_id)
    assert.equal("INVITE", incoming.message.method)
    request:dispose()
    a:dispose()
  end)

  it("drops what lingers with the last agent of a socket", function()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    for _ = 1, 10 do
      assert(alice:message(support.uri(bob)):await(2))
    end
    assert.is_true(sip.objects().lingering > 0)
    alice:close()
    bob:close()
    settle()
    support.assert_nothing_left()
  end)

  it("ends lingering by itself in virtual time", function()
    support.virtual()
    local alice, bob = support.pair()
    support.answer(bob)
    local response = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):await(2))
    assert(response.session:bye():await(2))
    sip.sleep(40)
    local objects = sip.objects()
    assert.equal(0, objects.lingering)
    assert.equal(0, objects.transactions)
    assert.equal(0, objects.dialogs)
    assert.equal(2, objects.agents)
  end)

  it("collects a cycle of request and delegate", function()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    local weak = setmetatable({}, { __mode = "k" })
    do
      local request
      request = alice:message(support.uri(bob), nil, {
        on_accept = function() assert.equal("done", request.state) end,
      })
      weak[request] = true
      assert(request:await(2))
    end
    settle()
    settle()
    assert.is_nil(next(weak))
  end)

  it("survives an agent that is closed inside its own where", function()
    local alice, bob = support.pair()
    alice:message(support.uri(bob), { body = "x" })
    local waited = sip.spawn(function()
      return bob:expect("MESSAGE", { timeout = 1, where = function()
        bob:close()
        return true
      end })
    end)
    local ok, incoming, err = waited:join(2)
    assert.is_true(ok)
    assert.is_nil(incoming)
    assert.equal("closed", err.code)
  end)

  it("counts what is alive", function()
    settle()
    support.assert_nothing_left()
    local alice, bob = support.pair()
    local a, b = support.call(alice, bob)
    local objects = sip.objects()
    assert.equal(2, objects.agents)
    assert.equal(2, objects.sockets)
    assert.equal(2, objects.sessions)
    assert.equal(2, objects.dialogs)
    assert.equal(a.call_id, b.call_id)
    assert.is_true(sip.counters().sent >= 3)
  end)
end)
