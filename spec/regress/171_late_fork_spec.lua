-- SPDX-License-Identifier: MIT
-- The 2xx of a fork, and trouble with an ACK, were kept from the delegate when they
-- came after the outcome had been settled.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("after the outcome, a delegate", function()
  before_each(support.virtual)

  it("hears of a fork that answers later", function()
    local alice = support.agent "alice"
    local callee = wire.callee(alice, "INVITE")
    callee:answer "200 OK"
    sip.sleep(5)
    collectgarbage()
    callee:answer("200 OK", { tag = "late" })
    assert.same({ "on_accept 200", "on_accept 200" }, callee.told)
    assert.same({ "ACK", "ACK", "BYE" }, callee:heard())
  end)

  it("hears of one though nobody else holds the request", function()
    local alice, told = support.agent "alice", {}
    local socket = support.socket()
    do
      alice:invite("sip:bob@" .. socket.address, nil, wire.noting(told))
    end
    local invite = assert(socket:receive(1))
    for _, tag in ipairs { "one", "two" } do
      collectgarbage()
      collectgarbage()
      socket:send(support.response_text(invite, "200 OK",
        { ("Contact: <sip:bob@%s>"):format(socket.address) }, tag), alice.address)
      wire.settle()
    end
    assert.same({ "on_accept 200", "on_accept 200" }, told)
  end)

  it("is let go when the transaction ends, or the agent is closed", function()
    local alice, bob = support.pair()
    support.answer(bob)
    local gone = setmetatable({}, { __mode = "k" })
    do
      local delegate = { on_accept = function() end }
      gone[delegate] = true
      assert(alice:invite(support.uri(bob), nil, delegate):await(2))
    end
    wire.settle()
    collectgarbage()
    collectgarbage()
    assert.is_truthy(next(gone))
    sip.sleep(33)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(gone))
    local kept = setmetatable({}, { __mode = "k" })
    do
      local delegate = { on_accept = function() end }
      kept[delegate] = true
      assert(alice:invite(support.uri(bob), nil, delegate):await(2))
    end
    wire.settle()
    alice:close()
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(kept))
  end)
end)
