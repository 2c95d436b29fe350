-- SPDX-License-Identifier: MIT
-- agent:faults{}: datagrams lost, doubled, late, out of order, spoilt.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("faults", function()
  local alice, raw

  before_each(function()
    alice = support.agent "alice"
    raw = support.socket()
  end)

  local function send(count)
    for i = 1, count do
      alice:request("OPTIONS", "sip:x@" .. raw.address, {
        auto = { retransmit = false }, extra_headers = { "X-Number: " .. i },
      }):dispose()
    end
    sip.sleep(0.02)
    local numbers = {}
    for text in function() return (raw:receive(0)) end do
      numbers[#numbers + 1] = math.tointeger(text:match "X%-Number: (%d+)")
    end
    return numbers
  end

  it("drop loses the share it is told, the same with the same seed", function()
    alice:faults { drop = 0.3, seed = 7 }
    local first = send(200)
    assert.is_true(#first > 110 and #first < 170, tostring(#first))
    assert.equal(200, alice:faults().seen)
    assert.equal(200 - #first, alice:faults().dropped)
    alice:faults { drop = 0.3, seed = 7 }
    assert.same(first, send(200))
    alice:faults { drop = 0.3, seed = 8 }
    assert.not_same(first, send(200))
  end)

  it("duplicate doubles them", function()
    alice:faults { duplicate = 1 }
    assert.same({ 1, 1, 2, 2 }, send(2))
    assert.equal(2, alice:faults().duplicated)
  end)

  it("delay makes them late, within its bounds", function()
    support.virtual()
    alice:faults { delay = { 0.2, 0.3 }, seed = 1 }
    local begun = sip.now()
    alice:request("OPTIONS", "sip:x@" .. raw.address, { auto = { retransmit = false } })
    assert(raw:receive(1))
    local late = sip.now() - begun
    assert.is_true(late >= 0.2 and late <= 0.3, tostring(late))
    assert.equal(1, alice:faults().delayed)
    alice:faults { delay = 0.5 }
    begun = sip.now()
    alice:request("OPTIONS", "sip:x@" .. raw.address, { auto = { retransmit = false } })
    assert(raw:receive(1))
    assert.near(0.5, sip.now() - begun, 0.001)
  end)

  it("reorder lets later ones overtake", function()
    alice:faults { reorder = 0.5, seed = 3 }
    local numbers = send(30)
    local sorted = table.move(numbers, 1, #numbers, 1, {})
    table.sort(sorted)
    assert.not_same(sorted, numbers)
    assert.is_true(alice:faults().reordered > 0)
    assert.is_true(#numbers >= 29)
  end)

  it("corrupt changes bytes", function()
    local plain = alice:request("OPTIONS", "sip:x@" .. raw.address, {
      auto = { retransmit = false },
    })
    assert.equal(plain.message:bytes(), (raw:receive(1)))
    alice:faults { corrupt = 1, seed = 1 }
    local spoilt = alice:request("OPTIONS", "sip:x@" .. raw.address, {
      auto = { retransmit = false },
    })
    local bytes = assert(raw:receive(1))
    assert.not_equal(spoilt.message:bytes(), bytes)
    assert.equal(1, alice:faults().corrupted)
  end)

  it("hold for what comes in as well", function()
    local bob = support.agent("bob", { hold = 0 })
    bob:faults { drop = 1 }
    local request = alice:message(support.uri(bob))
    assert.is_nil((request:await(0.1)))
    assert.equal(1, bob:faults().dropped)
    bob:faults(nil)
    assert.is_nil(bob:faults())
    assert.equal(200, assert(request:await(5)).status)
  end)

  it("hold where the function says so: it gets the bytes and the direction", function()
    local seen = {}
    alice:faults { drop = 1, where = function(bytes, outgoing)
      seen[#seen + 1] = ("%s %s"):format(bytes:match "^%u+", outgoing and "out" or "in")
      return bytes:find("X-Number: 2", 1, true) ~= nil
    end }
    assert.same({ 1, 3 }, send(3))
    assert.same({ "OPTIONS out", "OPTIONS out", "OPTIONS out" }, seen)
    local text = support.request_text("FOO", { uri = "sip:alice@x", from = raw.address })
    raw:send(text, alice.address)
    sip.sleep(0.02)
    assert.equal("FOO in", seen[4])
  end)

  it("report an error in where and let the datagram be hit", function()
    local errors = support.errors()
    alice:faults { drop = 1, where = function() error "where is broken" end }
    assert.same({}, send(2))
    assert.equal(2, #errors)
    assert.matches("spec/faults_spec.lua:%d+: where is broken", errors[1])
  end)

  it("are heard of by the request that they hit: its repeats get through", function()
    support.virtual()
    local bob = support.agent("bob", { hold = 0 })
    local left = 2
    alice:faults { drop = 1, where = function(_, outgoing)
      left = outgoing and left - 1 or left
      return outgoing and left >= 0
    end }
    local begun = sip.now()
    assert.equal(200, assert(alice:message(support.uri(bob)):await(5)).status)
    assert.near(1.5, sip.now() - begun, 0.01)
  end)

  it("refuse shares and delays that make no sense", function()
    for _, faults in ipairs {
      { drop = 1.5 }, { drop = -0.1 }, { duplicate = 0 / 0 }, { delay = { 0.2, 0.1 } },
      { delay = { "a", "b" } }, { delay = -1 }, { delay = {} }, { seed = "x" }, { drop = "all" },
      { delay = math.huge },
    } do
      assert.has_error(function() alice:faults(faults) end)
    end
  end)
end)
