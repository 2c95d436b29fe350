-- SPDX-License-Identifier: MIT
-- dispose(): silence from here on.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("request:dispose", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("silences the delegate and ends every wait", function()
    local called = 0
    local function count() called = called + 1 end
    local request = alice:invite(support.uri(bob), nil, {
      on_trying = count, on_progress = count, on_accept = count, on_reject = count,
    })
    local incoming = assert(bob:expect "INVITE")
    local awaiting = sip.spawn(function() return request:await(5) end)
    local expecting = sip.spawn(function() return request:expect(200, { timeout = 5 }) end)
    sip.sleep(0)
    request:dispose()
    for _, task in ipairs { awaiting, expecting } do
      local ok, response, err = task:join(1)
      assert.is_true(ok)
      assert.is_nil(response)
      assert.equal("disposed", err.code)
    end
    incoming:progress(180)
    incoming:reject(486)
    sip.sleep(0.05)
    assert.equal(0, called)
    assert.equal("disposed", request.state)
  end)

  it("is idempotent, and what comes after it fails at once", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    request:dispose()
    request:dispose()
    local response, err = request:await(5)
    assert.is_nil(response)
    assert.equal("disposed", err.code)
    response, err = request:expect("2xx", { timeout = 5 })
    assert.is_nil(response)
    assert.equal("disposed", err.code)
  end)

  it("keeps an outcome that is there already", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    assert(bob:expect "MESSAGE"):reply(200)
    assert(request:await(2))
    request:dispose()
    assert.equal(200, assert(request:await(0)).status)
  end)

  it("is legal inside the request's own delegate", function()
    local notes = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(181)
      incoming:reject(486)
    end }
    local request
    request = alice:invite(support.uri(bob), nil, {
      on_progress = function(response)
        notes[#notes + 1] = response.status
        request:dispose()
      end,
      on_reject = function() notes[#notes + 1] = "rejected" end,
    })
    sip.sleep(0.05)
    assert.same({ 180 }, notes)
  end)

  it("sends nothing, and the engine still ends a call that is answered", function()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address, { body = sip.sdp() })
    local invite = assert(callee:receive(2))
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert(request:expect(180))
    request:dispose()
    assert.is_nil((callee:receive(0.05)))
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
    assert.matches("^ACK ", assert(callee:receive(2)))
    assert.matches("^BYE ", assert(callee:receive(2)))
  end)

  it("acknowledges a refusal that comes later", function()
    local callee = support.socket()
    local request = alice:invite("sip:x@" .. callee.address)
    local invite = assert(callee:receive(2))
    request:dispose()
    callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
    assert.matches("^ACK ", assert(callee:receive(2)))
  end)

  it("happens at the end of a <close> variable", function()
    local kept
    do
      local request <close> = alice:message(support.uri(bob), { body = "x" })
      kept = request
    end
    assert.equal("disposed", kept.state)
  end)

  it("happens to all of an agent's when that is closed", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    local task = sip.spawn(function() return request:await(5) end)
    sip.sleep(0)
    alice:close()
    local ok, response, err = task:join(1)
    assert.is_true(ok)
    assert.is_nil(response)
    assert.equal("disposed", err.code)
  end)
end)

describe("session:dispose", function()
  it("sends nothing and forgets the call", function()
    local alice, bob = support.pair()
    local a, b = support.call(alice, bob)
    local ended = {}
    a.delegate = { on_end = function(cause) ended[#ended + 1] = cause end }
    a:dispose()
    a:dispose()
    assert.equal("ended", a.state)
    local bye, err = b:expect("BYE", { timeout = 0.05 })
    assert.is_nil(bye)
    assert.equal("timeout", err.code)
    assert.same({}, ended)
    assert.equal(481, assert(b:bye():await(2)).status)
  end)

  it("ends whoever waits on the session", function()
    local alice, bob = support.pair()
    local a = support.call(alice, bob)
    local task = sip.spawn(function() return a:expect("BYE", { timeout = 5 }) end)
    sip.sleep(0)
    a:dispose()
    local ok, incoming, err = task:join(1)
    assert.is_true(ok)
    assert.is_nil(incoming)
    assert.equal("disposed", err.code)
  end)

  it("happens at the end of a <close> variable", function()
    local alice, bob = support.pair()
    local kept
    do
      local a <close> = support.call(alice, bob)
      kept = a
      assert.equal("confirmed", a.state)
    end
    assert.equal("ended", kept.state)
  end)
end)

describe("request:dispose, thoroughly", function()
  local alice, callee

  before_each(function()
    alice, callee = support.agent "alice", support.socket()
  end)

  local function invited(options)
    local request = alice:invite("sip:x@" .. callee.address, options)
    return request, assert(callee:receive(2))
  end

  local function ok(invite)
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
  end

  it("drops a CANCEL that waits, and every timer", function()
    support.virtual()
    local request, invite = invited()
    local cancel = request:cancel()
    request:dispose()
    assert.equal("disposed", cancel.state)
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert.is_nil((callee:receive(64)))
  end)

  it("counts what comes late, and tells nobody", function()
    local before = sip.counters().late_after_dispose
    local told = 0
    local request, invite = invited()
    local function count() told = told + 1 end
    request.delegate = { on_trying = count, on_progress = count, on_reject = count }
    request:dispose()
    for _, status in ipairs { "100 Trying", "180 Ringing", "486 Busy Here" } do
      callee:send(support.response_text(invite, status), alice.address)
    end
    assert.matches("^ACK ", assert(callee:receive(2)))
    assert.equal(0, told)
    assert.equal(before + 3, sip.counters().late_after_dispose)
    callee:send(support.response_text(invite, "486 Busy Here"), alice.address)
    assert.matches("^ACK ", assert(callee:receive(2)))
    assert.equal(before + 3, sip.counters().late_after_dispose) -- absorbed
  end)

  it("is legal in the delegate of another request, and for its own CANCEL", function()
    local bob = support.agent("bob", { hold = 0 })
    local request, invite = invited()
    callee:send(support.response_text(invite, "180 Ringing"), alice.address)
    assert(request:expect(180))
    local cancel = request:cancel()
    assert.matches("^CANCEL ", assert(callee:receive(2)))
    local told = false
    cancel.delegate = { on_accept = function() told = true end }
    local other = alice:message(support.uri(bob), nil, {
      on_accept = function()
        request:dispose()
        cancel:dispose()
        cancel:dispose()
      end,
    })
    assert.equal(200, assert(other:await(2)).status)
    sip.sleep(0.01)
    callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
    assert.matches("^ACK ", assert(callee:receive(2)))
    assert.equal("disposed", request.state)
    assert.is_false(told)
  end)

  for _, mode in ipairs { "cancel", "bye" } do
    describe("with mode = " .. mode, function()
      it("cancels in silence", function()
        local told = 0
        local function count() told = told + 1 end
        local request, invite = invited()
        request.delegate = { on_progress = count, on_reject = count, on_error = count }
        local task = sip.spawn(function() return request:await(5) end)
        sip.sleep(0)
        request:dispose { mode = mode }
        assert.equal("disposed", request.state)
        local _, response, err = task:join(1)
        assert.is_nil(response)
        assert.equal("disposed", err.code)
        response, err = request:expect(180)
        assert.is_nil(response)
        assert.equal("disposed", err.code)
        request = nil -- luacheck: ignore
        collectgarbage()
        callee:send(support.response_text(invite, "180 Ringing"), alice.address)
        local cancel = assert(callee:receive(2))
        assert.matches("^CANCEL ", cancel)
        callee:send(support.response_text(cancel, "200 OK"), alice.address)
        callee:send(support.response_text(invite, "487 Request Terminated"), alice.address)
        assert.matches("^ACK ", assert(callee:receive(2)))
        sip.sleep(0.01)
        assert.equal(0, told)
      end)

      it("ends a call that is answered nevertheless", function()
        local request, invite = invited { body = sip.sdp() }
        callee:send(support.response_text(invite, "180 Ringing"), alice.address)
        assert(request:expect(180))
        request:dispose { mode = mode }
        assert.matches("^CANCEL ", assert(callee:receive(2)))
        ok(invite)
        assert.matches("^ACK ", assert(callee:receive(2)))
        assert.matches("^BYE ", assert(callee:receive(2)))
      end)

      it("is silent for what is no INVITE", function()
        local request = alice:message("sip:x@" .. callee.address)
        assert(callee:receive(2))
        request:dispose { mode = mode }
        assert.equal("disposed", request.state)
        assert.is_nil((callee:receive(0.05)))
      end)
    end)
  end

  it("with mode = bye ends the call that stands; with cancel it goes on", function()
    for mode, first in pairs { cancel = false, bye = "BYE" } do
      local request, invite = invited { body = sip.sdp() }
      ok(invite)
      local session = assert(request:await(2)).session
      assert.matches("^ACK ", assert(callee:receive(2)))
      request:dispose { mode = mode }
      request:dispose { mode = mode }
      assert.equal(first, (callee:receive(0.05) or ""):match "^%u+" or false)
      assert.is_nil((callee:receive(0.05)))
      session:dispose()
    end
  end)

  it("refuses an unknown mode", function()
    local request = invited()
    assert.error_matches(function() request:dispose { mode = "loud" } end,
      'option "mode" may be "silent", "cancel" or "bye", got "loud"', 1, true)
    assert.error_matches(function() request:dispose { mod = "bye" } end,
      'did you mean "mode"', 1, true)
    assert.equal("trying", request.state)
    request:dispose()
  end)

  it("is silent at the end of a <close> variable and when it is collected", function()
    do
      local request <close> = invited() -- luacheck: ignore
    end
    assert.is_nil((callee:receive(0.05)))
  end)
end)
