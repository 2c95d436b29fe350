-- SPDX-License-Identifier: MIT
-- A request was let go when its outcome was settled: its on_error never heard of
-- an ACK that did not get through, once the script held the request no more.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("on_error", function()
  it("hears of an ACK that is refused, whoever holds the request", function()
    local alice = support.agent "alice"
    local callee = support.socket()
    local errors = {}
    local to = callee.address
    alice:invite("sip:x@" .. to, { body = sip.sdp(), auto = { ack = false } }, {
      on_error = function(err) errors[#errors + 1] = err.code end,
      on_accept = function(response)
        callee:close()
        response:ack()
      end,
    })
    local invite = assert(callee:receive(2))
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(to) }), alice.address)
    local give_up = sip.now() + 2
    while not errors[1] and sip.now() < give_up do
      collectgarbage()
      sip.sleep(0.005)
    end
    assert.same({ "refused" }, errors)
  end)

  it("does not keep a request longer than its transaction", function()
    support.virtual()
    local alice, bob = support.pair({}, { hold = 0 })
    local kept = setmetatable({}, { __mode = "v" })
    for name, delegate in pairs { with = { on_error = print }, without = { on_accept = print } } do
      delegate.on_accept = nil
      local request = alice:message(support.uri(bob), nil, delegate)
      assert.equal(200, assert(request:await(2)).status)
      kept[name] = request
    end
    sip.sleep(0)
    collectgarbage()
    collectgarbage()
    assert.is_nil(kept.without)
    assert.is_truthy(kept.with)
    sip.advance(6)
    collectgarbage()
    collectgarbage()
    assert.is_nil(kept.with)
  end)

  it("does not keep it longer than its agent, either", function()
    local alice, bob = support.pair({}, { hold = 0 })
    local kept = setmetatable({}, { __mode = "v" })
    do
      local request = alice:message(support.uri(bob), nil, { on_error = print })
      assert.equal(200, assert(request:await(2)).status)
      kept[1] = request
    end
    alice:close()
    sip.sleep(0)
    collectgarbage()
    collectgarbage()
    assert.is_nil(kept[1])
  end)
end)
