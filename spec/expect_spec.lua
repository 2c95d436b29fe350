-- SPDX-License-Identifier: MIT
-- expect() and await(): what is wanted, what came, and how it is told.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("request:expect", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  local function ringing(...)
    local statuses = { ... }
    bob.delegate = { on_invite = function(incoming)
      for _, status in ipairs(statuses) do
        incoming:reply(status)
      end
    end }
    return alice:invite(support.uri(bob))
  end

  it("takes a status, a class, a list or a function", function()
    local request = ringing(180, 181, 183, 199, 486)
    assert.equal(180, assert(request:expect(180)).status)
    assert.equal(181, assert(request:expect "1xx").status)
    assert.equal(183, assert(request:expect { 182, 183 }).status)
    assert.equal(199, assert(request:expect(function(response)
      return response.reason ~= "" and response.status == 199
    end)).status)
    assert.equal(486, assert(request:expect { "4xx", "5xx" }).status)
  end)

  it("passes over what is not wanted as long as more may come", function()
    local request = ringing(180, 183, 200)
    assert.equal(183, assert(request:expect(183)).status)
    assert.equal(200, assert(request:expect "2xx").status)
  end)

  it("counts a provisional response once and an outcome always", function()
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(180, { reason = "Still Ringing" })
      incoming:reject(486)
    end }
    local request = alice:invite(support.uri(bob))
    assert.equal("Ringing", assert(request:expect(180)).reason)
    assert.equal("Still Ringing", assert(request:expect(180)).reason)
    local third, err = request:expect(180)
    assert.is_nil(third)
    assert.equal("unexpected", err.code)
    assert.equal(486, request:expect(486).status)
    assert.equal(486, request:expect "4xx".status)
    assert.equal(486, request:await(0).status)
  end)

  it("serves several who wait for the same response", function()
    local request = alice:invite(support.uri(bob))
    local one = sip.spawn(function() return assert(request:expect("2xx")).status end)
    local two = sip.spawn(function() return assert(request:expect(200)).status end)
    local three = sip.spawn(function() return assert(request:await(2)).status end)
    assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    for _, task in ipairs { one, two, three } do
      assert.same({ true, 200 }, { task:join(2) })
    end
  end)

  it("says what was wanted, what came, and how the messages went", function()
    local request = ringing(100, 180, 486)
    local response, err = request:expect "2xx"
    assert.is_nil(response)
    assert.equal("unexpected", err.code)
    assert.equal("wanted 2xx, got 486 Busy Here", err.message)
    assert.equal(request.message.call_id, err.call_id)
    local text = tostring(err)
    assert.matches("^wanted 2xx, got 486 Busy Here\n", text)
    for _, part in ipairs { "INVITE", "180", "486", "ACK", alice.address, bob.address } do
      assert.is_truthy(text:find(part, 1, true), part .. " is not in\n" .. text)
    end
  end)

  it("has an error that assert raises as it is", function()
    local request = ringing(404)
    local ok, err = pcall(function() assert(request:expect "2xx") end)
    assert.is_false(ok)
    assert.matches("wanted 2xx, got 404 Not Found", tostring(err), 1, true)
  end)

  it("names the synthetic outcome that came instead", function()
    support.virtual()
    local silent = support.socket()
    local request = alice:request("OPTIONS", "sip:x@" .. silent.address)
    local response, err = request:expect("2xx", { timeout = 60 })
    assert.is_nil(response)
    assert.equal("unexpected", err.code)
    assert.equal("wanted 2xx, got 408 Request Timeout (timeout:F)", err.message)
  end)

  it("times out with the code timeout, and the request goes on", function()
    support.virtual()
    local request = ringing(180)
    local response, err = request:expect(200, { timeout = 1.5 })
    assert.is_nil(response)
    assert.equal("timeout", err.code)
    assert.equal("no 200 within 1.5 s", err.message)
    assert.equal("proceeding", request.state)
    local outcome, await_err = request:await(0.5)
    assert.is_nil(outcome)
    assert.equal("timeout", await_err.code)
    assert.equal("proceeding", request.state)
  end)

  it("waits five seconds when nothing is said", function()
    support.virtual()
    local request = ringing(180)
    local before = sip.now()
    request:expect(200)
    assert.near(5, sip.now() - before, 0.01)
  end)

  it("narrows with where", function()
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(180, { extra_headers = { "X-Leg: 2" } })
    end }
    local request = alice:invite(support.uri(bob))
    local response = assert(request:expect(180, {
      where = function(response) return response.message:header "X-Leg" == "2" end,
    }))
    assert.equal("2", response.message:header "X-Leg")
  end)

  it("refuses what makes no sense", function()
    local request = ringing(180)
    for what, message in pairs {
      [99] = "a status is 100 to 699",
      [700] = "a status is 100 to 699",
      [180.5] = "a status is 100 to 699",
      [true] = "wants a status",
    } do
      assert.error_matches(function() request:expect(what) end, message, 1, true)
    end
    assert.error_matches(function() request:expect {} end, "an empty list", 1, true)
    assert.error_matches(function() request:expect() end, "value expected")
    assert.error_matches(function() request:expect(180, { timout = 1 }) end,
      'unknown option "timout" (did you mean "timeout"?)', 1, true)
    assert.error_matches(function() request:expect(180, { timeout = "1" }) end,
      'option "timeout" must be a number, got string', 1, true)
    assert.error_matches(function() request:expect(180, { timeout = -1 }) end,
      "must not be negative", 1, true)
    assert.error_matches(function() request:expect(180, { where = 5 }) end,
      'option "where" must be a function, got number', 1, true)
  end)

  it("does not take nan or text for seconds", function()
    local request = ringing(180)
    assert.has_error(function() request:await(0 / 0) end)
    assert.has_error(function() request:await(-1) end)
    assert.has_error(function() request:await("soon") end)
  end)
end)

describe("agent:expect", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("takes a method, any, a list or a function of the request", function()
    local uri = support.uri(bob)
    alice:message(uri, { body = "1" })
    assert.equal("MESSAGE", assert(bob:expect "MESSAGE").method)
    alice:message(uri, { body = "2" })
    assert.equal("2", assert(bob:expect "*").message.body)
    alice:message(uri, { body = "3" })
    assert.equal("3", assert(bob:expect { "INVITE", "MESSAGE" }).message.body)
    alice:message(uri, { body = "4" })
    local incoming = assert(bob:expect(function(incoming)
      return incoming.message.body == "4" and incoming.remote == alice.address
    end))
    assert.equal("4", incoming.message.body)
  end)

  it("leaves what is not wanted for others", function()
    alice:message(support.uri(bob), { body = "first" })
    alice:request("OPTIONS", support.uri(bob))
    assert(bob:expect "OPTIONS")
    assert.equal("first", assert(bob:expect "MESSAGE").message.body)
  end)

  it("gives a request to one waiter only", function()
    local got = {}
    for i = 1, 2 do
      sip.spawn(function()
        local incoming = assert(bob:expect("MESSAGE", { timeout = 5 }))
        got[i] = incoming.message.body
        incoming:reply(200)
      end)
    end
    sip.sleep(0)
    alice:message(support.uri(bob), { body = "a" }):await(2)
    sip.sleep(0.02)
    assert.equal("a", got[1])
    assert.is_nil(got[2])
    alice:message(support.uri(bob), { body = "b" }):await(2)
    sip.sleep(0.02)
    assert.equal("b", got[2])
  end)

  it("narrows with where, over what waits already too", function()
    alice:message(support.uri(bob), { body = "no" })
    alice:message(support.uri(bob), { body = "yes" })
    sip.sleep(0.02)
    local incoming = assert(bob:expect("MESSAGE", {
      where = function(incoming) return incoming.message.body == "yes" end,
    }))
    assert.equal("yes", incoming.message.body)
  end)

  it("reports an error in where and takes it for a no", function()
    local errors = support.errors()
    alice:message(support.uri(bob), { body = "x" })
    local incoming, err = bob:expect("MESSAGE", {
      timeout = 0.05, where = function() error "where is broken" end,
    })
    assert.is_nil(incoming)
    assert.equal("timeout", err.code)
    assert.equal(1, #errors)
    assert.matches("spec/expect_spec.lua:%d+: where is broken", errors[1])
  end)

  it("ends with closed when the agent is closed", function()
    local task = sip.spawn(function() return bob:expect("INVITE", { timeout = 5 }) end)
    sip.sleep(0)
    bob:close()
    local ok, incoming, err = task:join(1)
    assert.is_true(ok)
    assert.is_nil(incoming)
    assert.equal("closed", err.code)
  end)
end)
