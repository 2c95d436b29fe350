-- SPDX-License-Identifier: MIT
-- agent:request() of any method, and outcomes that the engine makes up.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request of any method", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("has the type of its method", function()
    local uri = support.uri(bob)
    for method, type in pairs {
      OPTIONS = "OutgoingRequest", FOO = "OutgoingRequest",
      INVITE = "OutgoingInviteRequest", MESSAGE = "OutgoingMessageRequest",
    } do
      local request = assert(alice:request(method, uri))
      assert.equal(type, sip.type(request))
      assert.equal(method, request.method)
      assert.equal(method, assert(bob:expect(method)).method)
      request:dispose()
    end
  end)

  it("gets its outcome from await, delegate or both", function()
    local seen = {}
    bob.delegate = { on_options = function(incoming)
      incoming:reply(200, { extra_headers = { "Allow: INVITE" } })
    end }
    local request = alice:request("OPTIONS", support.uri(bob), nil, {
      on_accept = function(response) seen[#seen + 1] = response.status end,
    })
    local response = assert(request:await(2))
    assert.equal("IncomingResponse", sip.type(response))
    assert.equal(200, response.status)
    assert.equal("OK", response.reason)
    assert.is_true(response.ok)
    assert.is_false(response.synthetic)
    assert.is_nil(response.cause)
    assert.is_nil(response.session)
    assert.equal(request, response.request)
    assert.equal("INVITE", response.message:header "Allow")
    assert.equal("200 OK", tostring(response))
    sip.sleep(0.01)
    assert.same({ 200 }, seen)
  end)

  it("is answered by the engine where nobody handles it", function()
    bob = support.agent("bob", { hold = 0 })
    local uri = support.uri(bob)
    for method, status in pairs {
      OPTIONS = 200, MESSAGE = 200, SUBSCRIBE = 480, INFO = 481, FOO = 405, INVITE = 486,
    } do
      assert.equal(status, assert(alice:request(method, uri):await(2)).status, method)
    end
  end)

  it("answers a stray BYE with 481", function()
    local raw = support.socket()
    raw:send(support.request_text("BYE", {
      uri = support.uri(bob), from = raw.address, to = "<sip:bob@x>;tag=unknown",
    }), bob.address)
    assert.matches("^SIP/2.0 481 ", assert(raw:receive(2)))
  end)
end)

describe("a synthetic outcome", function()
  local alice

  before_each(function()
    alice = support.agent "alice"
  end)

  local function timed_out(method, cause)
    support.virtual()
    local silent = support.socket()
    local rejected = {}
    local begun = sip.now()
    local request = alice:request(method, "sip:x@" .. silent.address, nil, {
      on_reject = function(response) rejected[#rejected + 1] = response.cause end,
    })
    local response = assert(request:await(60))
    assert.equal(408, response.status)
    assert.equal("Request Timeout", response.reason)
    assert.is_true(response.synthetic)
    assert.is_false(response.ok)
    assert.is_nil(response.message)
    assert.equal(cause, response.cause)
    assert.equal(("408 Request Timeout (%s)"):format(cause), tostring(response))
    assert.near(32, sip.now() - begun, 0.01)
    sip.sleep(1)
    assert.same({ cause }, rejected)
  end

  it("is 408 timeout:B for an INVITE that nobody answers", function()
    timed_out("INVITE", "timeout:B")
  end)

  it("is 408 timeout:F for another request", function()
    timed_out("OPTIONS", "timeout:F")
  end)

  it("comes at 64*T1 of the request's own timers", function()
    support.virtual()
    local silent = support.socket()
    local begun = sip.now()
    local request = alice:request("OPTIONS", "sip:x@" .. silent.address, {
      timers = { t1 = 0.1 },
    })
    assert.equal("timeout:F", assert(request:await(60)).cause)
    assert.near(6.4, sip.now() - begun, 0.01)
    local count = 0
    while silent:receive(0) do
      count = count + 1
    end
    -- 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3: T2 is still four seconds
    assert.equal(7, count)
  end)

  it("takes the timers of the agent otherwise", function()
    support.virtual()
    local silent = support.socket()
    local hasty = support.agent("hasty", { timers = { t1 = 0.05, t2 = 0.1 } })
    local begun = sip.now()
    assert.equal(408, assert(hasty:request("OPTIONS", "sip:x@" .. silent.address):await(60)).status)
    assert.near(3.2, sip.now() - begun, 0.01)
  end)

  it("is 503 transport:refused when nobody listens", function()
    local gone = assert(sip.socket "udp:127.0.0.1:0")
    local address = gone.address
    gone:close()
    local rejected = {}
    local request = alice:request("OPTIONS", "sip:x@" .. address, nil, {
      on_reject = function(response) rejected[#rejected + 1] = tostring(response) end,
    })
    local response = assert(request:await(5))
    assert.equal(503, response.status)
    assert.is_true(response.synthetic)
    assert.equal("transport:refused", response.cause)
    sip.sleep(0.01)
    assert.same({ "503 Service Unavailable (transport:refused)" }, rejected)
  end)

  it("does not repeat with auto = { retransmit = false }", function()
    support.virtual()
    local silent = support.socket()
    local request = alice:request("OPTIONS", "sip:x@" .. silent.address, {
      auto = { retransmit = false },
    })
    assert.equal(408, assert(request:await(60)).status)
    assert(silent:receive(0))
    assert.is_nil((silent:receive(0)))
  end)
end)

describe("a request that cannot be sent", function()
  -- agent:request(…):expect(…) in one line then says why, not "a nil value".
  it("raises the error itself, as assert would", function()
    local alice = support.agent "alice"
    for uri, text in pairs {
      ["sip:x@no-such-host.invalid"] = "no-such-host.invalid",
      ["sip:x@127.0.0.1;transport=tcp"] = "tcp",
    } do
      local sent, err = pcall(alice.request, alice, "OPTIONS", uri)
      assert.is_false(sent)
      assert.is_string(err.code)
      assert.matches(text, tostring(err):lower(), 1, true)
    end
  end)

  it("says so for raw bytes that are no message", function()
    local alice, bob = support.pair()
    local sent, err = pcall(alice.request, alice, "OPTIONS", support.uri(bob),
      { raw = "rubbish" })
    assert.is_false(sent)
    assert.is_string(tostring(err))
    assert.equal("argument", err.code)
  end)
end)
