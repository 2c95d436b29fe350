-- SPDX-License-Identifier: MIT
-- The switch `refresh`: REGISTER and PUBLISH repeated before they expire, and
-- a 423 answered.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local REFRESH <const> = { refresh = true }

--- A registrar that grants what it is asked for, or what `special` says for the
--- n-th request: seconds, or { status, lines… }. Its times are kept, too.
local function registrar(special)
  local times = {}
  local server, seen = support.server(function(incoming, n)
    local this = special and special[n]
    times[n] = sip.now()
    if type(this) == "table" then
      incoming:reply(this[1], { extra_headers = { table.unpack(this, 2) } })
      return
    end
    local seconds = this or incoming.message:header "Expires" or 3600
    local lines = { "SIP-ETag: t" .. n, "Expires: " .. seconds }
    for _, contact in ipairs(incoming.message:headers "Contact") do
      lines[#lines + 1] = ("Contact: %s;expires=%s"):format(contact:gsub(";expires=%d+", ""),
        seconds)
    end
    incoming:reply(200, { extra_headers = lines })
  end)
  return server, seen, times
end

local function phone(server, options)
  options = options or {}
  options.uri = "sip:alice@" .. server.address
  return support.agent(nil, options)
end

--- Keeps the statuses that on_refresh tells of.
local function told()
  local statuses = {}
  return statuses, {
    on_refresh = function(response) statuses[#statuses + 1] = response.status end,
  }
end

local function gap(times, n)
  return times[n] - times[n - 1]
end

describe("a registration that is refreshed", function()
  before_each(support.virtual)

  it("is registered again after nine tenths of its time, with the same contacts", function()
    local server, seen, times = registrar()
    local statuses, delegate = told()
    local contacts = { "<sip:a@127.0.0.1:5071>", "<sip:b@127.0.0.1:5072>;q=0.5" }
    local request = phone(server):register({
      expires = 100, contacts = contacts, auto = REFRESH, extra_headers = { "X-Mine: 1" },
    }, delegate)
    local outcome = assert(request:expect "2xx")
    sip.advance(89)
    assert.equal(1, #seen)
    sip.advance(92)
    assert.equal(3, #seen)
    assert.near(90, gap(times, 2), 0.1)
    assert.near(90, gap(times, 3), 0.1)
    for n, message in ipairs(seen) do
      assert.equal(n, message.cseq)
      assert.equal(seen[1].call_id, message.call_id)
      assert.same(contacts, message:headers "Contact")
      assert.equal("1", message:header "X-Mine")
      assert.equal("100", message:header "Expires")
    end
    assert.same({ 200, 200 }, statuses)
    assert.equal("done", request.state)
    assert.equal(3, request.attempts)
    assert.equal(3, request.message.cseq)
    assert.equal(outcome.message:bytes(), request:await(0).message:bytes())
  end)

  it("goes by what was granted, and by the latest grant", function()
    local server, seen, times = registrar { 20, 1000, 4 }
    local request = phone(server):register { expires = 600, auto = REFRESH }
    assert(request:expect "2xx")
    assert.equal(20, request.expires)
    sip.advance(16)
    assert.equal(2, #seen)
    assert.equal(1000, request.expires)
    sip.advance(900)
    assert.equal(4, request.expires)
    sip.advance(2)
    assert.near(15, gap(times, 2), 0.1)
    assert.near(900, gap(times, 3), 0.1)
    assert.near(2, gap(times, 4), 0.1)
  end)

  it("is none unless it is asked for", function()
    local server, seen = registrar()
    assert(phone(server):register({ expires = 100 }):expect "2xx")
    sip.advance(1000)
    assert.equal(1, #seen)
  end)

  it("may be a matter of the agent's switch", function()
    local server, seen = registrar()
    local alice = phone(server, { auto = REFRESH })
    assert(alice:register({ expires = 100 }):expect "2xx")
    assert(alice:register({ expires = 100, contact = "sip:x@127.0.0.1",
      auto = { refresh = false } }):expect "2xx")
    sip.advance(91)
    assert.equal(3, #seen)
    assert.equal(alice.contact, seen[3]:header "Contact")
  end)

  it("takes its credentials along, and answers a new challenge", function()
    local CHALLENGE <const> = 'WWW-Authenticate: Digest realm="r", qop="auth", nonce="%s"'
    local nonce = "first"
    local server, seen = support.server(function(incoming)
      local given = incoming.message:header "Authorization"
      if given and given:find(nonce, 1, true) then
        incoming:reply(200, { extra_headers = { "Expires: 100" } })
      else
        incoming:reply(401, { extra_headers = { CHALLENGE:format(nonce) } })
      end
    end)
    local statuses, delegate = told()
    local request = phone(server, { password = "secret" }):register({
      expires = 100, auto = REFRESH,
    }, delegate)
    assert(request:expect "2xx")
    sip.advance(91)
    nonce = "second"
    sip.advance(91)
    assert.same({ 200, 200 }, statuses)
    local counts = {}
    for i, message in ipairs(seen) do
      counts[i] = (message:header "Authorization" or ""):match "nc=(%d+)" or false
    end
    assert.same({ false, "00000001", "00000002", "00000003", "00000001" }, counts)
    assert.equal(1, #seen[5]:headers "Authorization")
  end)

  it("has no credentials of the last time where none go unasked", function()
    local server, seen = support.server(function(incoming, n)
      if n % 2 == 1 then
        local challenge = 'WWW-Authenticate: Digest realm="r", nonce="n"'
        incoming:reject(401, { extra_headers = { challenge } })
      else
        incoming:reply(200, { extra_headers = { "Expires: 100" } })
      end
    end)
    assert(phone(server, { password = "secret" }):register({
      expires = 100, auto = { refresh = true, preempt = false },
    }):expect "2xx")
    sip.advance(91)
    local given = {}
    for i, message in ipairs(seen) do
      given[i] = message:header "Authorization" ~= nil
    end
    assert.same({ false, true, false, true }, given)
  end)

  it("keeps the credentials that the script wrote", function()
    local server, seen = registrar()
    assert(phone(server, { password = "secret" }):register({
      expires = 100, auto = REFRESH, extra_headers = { "Authorization: Digest mine=1" },
    }):expect "2xx")
    sip.advance(91)
    assert.same({ "Digest mine=1", "Digest mine=1" }, support.each(seen, "Authorization"))
  end)

  it("outlives the script's own reference, and its answers the delegate", function()
    local server = registrar()
    local alice, kept = phone(server), nil
    assert(alice:register({ expires = 100, auto = REFRESH }, {
      on_refresh = function(response) kept = kept or response end,
    }):expect "2xx")
    collectgarbage()
    sip.advance(91)
    collectgarbage()
    sip.advance(90)
    assert.equal(200, kept.status)
    assert.equal("OK", kept.reason)
    assert.is_true(kept.ok)
    assert.equal("100", kept.message:header "Expires")
    assert.equal("OutgoingRegisterRequest", sip.type(kept.request))
    assert.is_nil(kept.session)
  end)

  it("is told of each time, however often", function()
    local server = registrar()
    local statuses, delegate = told()
    assert(phone(server):register({ expires = 10, auto = REFRESH }, delegate):expect "2xx")
    for _ = 1, 300 do
      sip.advance(5.01)
    end
    assert.equal(300, #statuses)
  end)
end)

describe("a refresh that fails", function()
  before_each(support.virtual)

  local function after(special, seconds)
    local server, seen, times = registrar(special)
    local statuses, delegate = told()
    local request = phone(server):register({ expires = 100, auto = REFRESH }, delegate)
    assert(request:expect "2xx")
    sip.advance(91)
    sip.advance(seconds)
    return seen, times, statuses, request
  end

  it("is tried again after the Retry-After", function()
    local _, times, statuses = after({ [2] = { 503, "Retry-After: 7 (busy);duration=9" } }, 8)
    assert.near(7, gap(times, 3), 0.1)
    assert.same({ 503, 200 }, statuses)
  end)

  it("is tried again later and later without one", function()
    local failures = {}
    for n = 2, 9 do
      failures[n] = { 500 }
    end
    local _, times, statuses = after(failures, 6000)
    for n = 3, 9 do
      local longest = math.min(1800, 30 * 2 ^ (n - 2))
      assert.is_true(gap(times, n) >= longest / 2 - 0.1, n .. ": " .. gap(times, n))
      assert.is_true(gap(times, n) <= longest + 0.1, n .. ": " .. gap(times, n))
    end
    assert.equal(500, statuses[1])
  end)

  it("is tried again when nobody answers", function()
    local server, seen = registrar()
    local alice = phone(server)
    local responses = {}
    assert(alice:register({ expires = 100, auto = REFRESH }, {
      on_refresh = function(response) responses[#responses + 1] = response end,
    }):expect "2xx")
    server:faults { drop = 1 }
    sip.advance(90 + 33)
    assert.equal(1, #responses)
    assert.equal(408, responses[1].status)
    assert.is_true(responses[1].synthetic)
    assert.equal("timeout:F", responses[1].cause)
    assert.is_nil(responses[1].message)
    server:faults(nil)
    sip.advance(61)
    assert.equal(200, responses[2].status)
    assert.equal(2, #seen)
  end)

  it("is the end when it is refused for good", function()
    local seen, _, statuses, request = after({ [2] = { 403 } }, 5000)
    assert.same({ 403 }, statuses)
    assert.equal(2, #seen)
    assert.equal(100, request.expires)
  end)
end)

describe("a refresh ends", function()
  before_each(support.virtual)

  local function refreshed(options)
    local server, seen = registrar(options and options.special)
    local alice = phone(server)
    local statuses, delegate = told()
    local request = alice:register({ expires = 100, auto = REFRESH }, delegate)
    assert(request:expect "2xx")
    return alice, seen, request, statuses
  end

  it("when the binding is taken away, even if that is refused", function()
    local alice, seen = refreshed()
    assert(alice:register({ expires = 0, auto = REFRESH }):expect "2xx")
    sip.advance(1000)
    assert.equal(2, #seen)

    alice, seen = refreshed { special = { [2] = { 503 } } }
    assert(alice:register({ expires = 0, auto = REFRESH }):expect(503))
    sip.advance(1000)
    assert.equal(2, #seen)
  end)

  it("for good, though a refresh that was under way is answered later", function()
    local late
    local server, seen = support.server(function(incoming, n)
      if n == 2 then
        late = incoming
      else
        incoming:reply(200, { extra_headers = { "Expires: 100" } })
      end
    end)
    local alice = phone(server)
    assert(alice:register({ expires = 100, auto = REFRESH }):expect "2xx")
    sip.advance(90.2)
    assert(alice:register({ expires = 0 }):expect "2xx")
    late:reply(200, { extra_headers = { "Expires: 100" } })
    sip.advance(1000)
    assert.equal(3, #seen)
  end)

  it("and with it what the engine and the script's side keep of the request", function()
    local alice = refreshed()
    collectgarbage()
    assert.equal(1, sip.objects().requests)
    local gone = alice:register { expires = 0 }
    assert(gone:expect "2xx")
    gone = nil -- luacheck: ignore
    sip.advance(40)
    collectgarbage()
    collectgarbage()
    assert.equal(0, sip.objects().requests)
  end)

  it("when all bindings are taken away, but not with another one", function()
    local alice, seen = refreshed()
    assert(alice:register({ contact = "<sip:other@127.0.0.1>", expires = 0 }):expect "2xx")
    sip.advance(91)
    assert.equal(3, #seen)
    assert(alice:register({ contact = "*", expires = 0 }):expect "2xx")
    sip.advance(1000)
    assert.equal(4, #seen)
  end)

  it("when the request is disposed of", function()
    local alice, seen, request = refreshed()
    request:dispose()
    sip.advance(1000)
    assert.equal(1, #seen)
    assert.is_false(alice.closed)
  end)

  it("when it is disposed of in on_refresh, or while a refresh is under way", function()
    local alice, seen, request = refreshed()
    request.delegate = { on_refresh = function() request:dispose() end }
    sip.advance(1000)
    assert.equal(2, #seen)
    local other = alice:register { expires = 100, auto = REFRESH, contact = "<sip:b@127.0.0.1>" }
    assert(other:expect "2xx")
    alice:faults { drop = 1 }
    sip.advance(91)
    other:dispose()
    alice:faults(nil)
    sip.advance(1000)
    assert.equal(3, #seen)
  end)

  it("with its agent", function()
    local alice, seen = refreshed()
    sip.advance(89)
    alice:close()
    sip.advance(1000)
    assert.equal(1, #seen)
  end)

  it("where a later request for the same contact goes on", function()
    local alice, seen, _, statuses = refreshed()
    sip.advance(50)
    local later, delegate = told()
    assert(alice:register({ expires = 100, auto = REFRESH }, delegate):expect "2xx")
    sip.advance(91)
    assert.same({}, statuses)
    assert.same({ 200 }, later)
    assert.equal(3, #seen)
  end)

  it("with the call of a load that began it", function()
    local server, seen = registrar()
    local load = sip.load {
      agent = phone(server), calls = 1, rate = 100,
      scenario = function(call)
        assert(call:register({ expires = 10, auto = REFRESH }):expect "2xx")
        sip.sleep(6)
      end,
    }
    assert(load:wait(10))
    sip.advance(1000)
    assert.equal(2, #seen)
  end)
end)

describe("a 423", function()
  local SHORT <const> = { 423, "Min-Expires: 300" }

  it("is answered with the interval that it wants", function()
    local server, seen = registrar { SHORT }
    local request = phone(server):register {
      auto = REFRESH, expires = 30,
      contacts = { "<sip:a@127.0.0.1>;expires=10;q=1", "<sip:b@127.0.0.1>;expires=0",
        "<sip:c@127.0.0.1>;expires=900" },
    }
    assert(request:expect "2xx")
    assert.equal(2, request.attempts)
    assert.equal("300", seen[2]:header "Expires")
    assert.same({ "<sip:a@127.0.0.1>;expires=300;q=1", "<sip:b@127.0.0.1>;expires=0",
      "<sip:c@127.0.0.1>;expires=900" }, seen[2]:headers "Contact")
    assert.equal(seen[1].call_id, seen[2].call_id)
    assert.equal(2, seen[2].cseq)
  end)

  it("changes the one place that was too short", function()
    for _, case in ipairs {
      { expires = 900, contact = "<sip:a@127.0.0.1>;expires=10", header = "900",
        value = "<sip:a@127.0.0.1>;expires=300" },
      { contact = "<sip:a@127.0.0.1>;expires=10", header = false,
        value = "<sip:a@127.0.0.1>;expires=300" },
      { contact = "<sip:a@127.0.0.1>", header = "300", value = "<sip:a@127.0.0.1>" },
    } do
      local server, seen = registrar { SHORT }
      local request = phone(server):register {
        auto = REFRESH, expires = case.expires, contact = case.contact,
      }
      assert(request:expect "2xx")
      assert.equal(case.header, seen[2]:header "Expires" or false)
      assert.equal(case.value, seen[2]:header "Contact")
    end
  end)

  it("is told without the switch, or without a number to go by", function()
    for _, case in ipairs {
      { SHORT }, { { 423 }, true }, { { 423, "Min-Expires: soon" }, true },
      { { 423, "Min-Expires: 0" }, true }, { { 423, "Min-Expires: 99999999999" }, true },
    } do
      local server = registrar { case[1] }
      local request = phone(server):register { expires = 30, auto = { refresh = case[2] } }
      assert(request:expect(423))
      assert.equal(1, request.attempts)
    end
  end)

  it("is told when it comes a second time, or when nothing was too short", function()
    local server = registrar { SHORT, { 423, "Min-Expires: 400" } }
    local request = phone(server):register { expires = 30, auto = REFRESH }
    assert(request:expect(423))
    assert.equal(2, request.attempts)
    for _, options in ipairs {
      { expires = 0 }, { expires = 300 }, { expires = 900 }, { contact = "*", expires = 0 },
      { contact = "<sip:a@127.0.0.1>;expires=0" },
    } do
      server = registrar { SHORT }
      options.auto = REFRESH
      assert(phone(server):register(options):expect(423))
    end
  end)

  it("is answered in SUBSCRIBE and PUBLISH as well, and nowhere else", function()
    for _, method in ipairs { "SUBSCRIBE", "PUBLISH" } do
      local server, seen = registrar { SHORT }
      local request = support.agent("alice"):request(method, support.uri(server), {
        event = "presence", expires = 30, auto = REFRESH,
      })
      assert(request:expect "2xx")
      assert.same({ "30", "300" }, support.each(seen, "Expires"))
    end
    local server = registrar { SHORT }
    local request = support.agent("alice"):message(support.uri(server), {
      body = "x", expires = 30, auto = REFRESH,
    })
    assert(request:expect(423))
  end)

  it("to a refresh counts for the later ones", function()
    support.virtual()
    local server, seen = registrar { 100, SHORT }
    assert(phone(server):register({ expires = 100, auto = REFRESH }):expect "2xx")
    sip.advance(91)
    assert.same({ "100", "100", "300" }, support.each(seen, "Expires"))
    sip.advance(271)
    assert.equal("300", seen[4]:header "Expires")
  end)
end)

describe("a publication that is refreshed", function()
  before_each(support.virtual)

  local function publish(server, delegate)
    local alice = support.agent "alice"
    local request = alice:publish(support.uri(server), {
      event = "presence", body = { "<presence/>", "application/pidf+xml" }, expires = 100,
      auto = REFRESH,
    }, delegate)
    assert(request:expect "2xx")
    return request, alice
  end

  it("is named by its latest tag, without a body", function()
    local server, seen = registrar()
    local statuses, delegate = told()
    local request = publish(server, delegate)
    sip.advance(181)
    assert.same({ 200, 200 }, statuses)
    assert.same({ false, "t1", "t2" }, support.each(seen, "SIP-If-Match"))
    assert.same({ "application/pidf+xml", false, false }, support.each(seen, "Content-Type"))
    assert.equal("", seen[2].body)
    assert.equal("0", seen[2]:header "Content-Length")
    assert.equal("presence", seen[3]:header "Event")
    assert.equal("t3", request.etag)
  end)

  it("ends with its removal, even if that is refused", function()
    local server, seen = registrar { [2] = { 503 } }
    local _, alice = publish(server)
    assert(alice:publish(support.uri(server), { event = "presence", expires = 0 }):expect(503))
    sip.advance(1000)
    assert.equal(2, #seen)
  end)

  it("ends with a 412, with the next publication, and with its removal", function()
    local server, seen = registrar { [2] = { 412 } }
    local statuses, delegate = told()
    publish(server, delegate)
    sip.advance(1000)
    assert.same({ 412 }, statuses)
    assert.equal(2, #seen)

    server, seen = registrar()
    local _, alice = publish(server)
    local uri = support.uri(server)
    assert(alice:publish(uri, { event = "presence", body = "x", expires = 100 }):expect "2xx")
    sip.advance(1000)
    assert.equal(2, #seen)
    assert(alice:publish(uri, { event = "presence", expires = 100, auto = REFRESH }):expect "2xx")
    assert(alice:publish(uri, { event = "presence", expires = 0, auto = REFRESH }):expect "2xx")
    sip.advance(1000)
    assert.same({ false, "t1", "t2", "t3" }, support.each(seen, "SIP-If-Match"))
  end)
end)

describe("on_refresh", function()
  it("is a delegate's name that is known", function()
    local server = registrar()
    assert.error_matches(function()
      phone(server):register({}, { on_refreshed = function() end })
    end, 'nothing calls a delegate "on_refreshed" here (did you mean "on_refresh"?)', 1, true)
  end)
end)
