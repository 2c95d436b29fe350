-- SPDX-License-Identifier: MIT
-- Two answers came in one wake-up, and the delegate of the first request
-- disposed of the second: its delegate, already on its way, was called.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("two answers in one wake-up", function()
  local alice, bob, first, second, called

  after_each(function() first, second = nil, nil end)

  --- Two requests; `meddle` is what the delegate of the first does.
  local function answer_both(meddle)
    alice, bob = support.pair()
    called = {}
    local function note(name) return function() called[#called + 1] = name end end
    first = alice:message(support.uri(bob), { body = "1" }, {
      on_accept = function()
        note "first" ()
        meddle()
      end,
    })
    second = alice:message(support.uri(bob), { body = "2" }, { on_accept = note "second" })
    local one, two = assert(bob:expect "MESSAGE"), assert(bob:expect "MESSAGE")
    one:accept()
    two:accept()
    sip.sleep(0.05)
    return note
  end

  it("a request that the other's delegate disposes of stays silent", function()
    answer_both(function() second:dispose() end)
    assert.same({ "first" }, called)
    assert.equal("done", first.state)
    assert.equal("disposed", second.state)
  end)

  it("a delegate that the other's clears is not called", function()
    answer_both(function() second.delegate = nil end)
    assert.same({ "first" }, called)
    assert.equal(200, assert(second:await(0)).status)
  end)

  it("a delegate that the other's swaps is not called, the new one is", function()
    answer_both(function()
      second.delegate = { on_accept = function() called[#called + 1] = "swapped" end }
    end)
    assert.same({ "first", "swapped" }, called)
  end)

  it("a session that the other's delegate disposes of stays silent", function()
    support.virtual()
    alice, bob = support.pair()
    local one_a, one_b = support.call(alice, bob)
    local two_a, two_b = support.call(alice, bob)
    called = {}
    one_a.delegate = { on_info = function()
      called[#called + 1] = "one"
      two_a:dispose()
    end }
    two_a.delegate = { on_info = function() called[#called + 1] = "two" end }
    one_b:info()
    two_b:info()
    sip.advance(1)
    assert.same({ "one" }, called)
  end)
end)
