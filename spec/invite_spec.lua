-- SPDX-License-Identifier: MIT
-- agent:invite(): delegates, outcomes, sessions, forks.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

--- A delegate that notes each call as "name status".
local function noting(notes)
  local delegate = {}
  for _, name in ipairs { "on_trying", "on_progress", "on_accept", "on_redirect", "on_reject" } do
    delegate[name] = function(response)
      notes[#notes + 1] = ("%s %d"):format(name, response.status)
    end
  end
  return delegate
end

describe("an outgoing INVITE", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("tells its delegate of each response, in order", function()
    local notes = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:trying()
      incoming:progress(180)
      incoming:progress(183)
      incoming:accept { body = sip.sdp() }
    end }
    local request = alice:invite(support.uri(bob), { body = sip.sdp() }, noting(notes))
    assert(request:await(2))
    sip.sleep(0.01)
    assert.same({ "on_trying 100", "on_progress 180", "on_progress 183", "on_accept 200" }, notes)
  end)

  it("sorts refusals and redirections to their functions", function()
    local notes = {}
    for _, status in ipairs { 302, 486, 503, 603 } do
      bob.delegate = { on_invite = function(incoming) incoming:reject(status) end }
      local request = alice:invite(support.uri(bob), nil, noting(notes))
      assert.equal(status, assert(request:await(2)).status)
    end
    sip.sleep(0.01)
    assert.same({ "on_redirect 302", "on_reject 486", "on_reject 503", "on_reject 603" }, notes)
  end)

  it("has the members of an OutgoingInviteRequest", function()
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    assert.equal("OutgoingInviteRequest", sip.type(request))
    assert.equal("INVITE", request.method)
    assert.equal("trying", request.state)
    assert.equal(1, request.attempts)
    assert.is_false(request.cancelled)
    assert.equal("INVITE", request.message.method)
    assert.equal(support.uri(bob), request.message.uri)
    assert.equal("application/sdp", request.message:header "Content-Type")
    assert.matches("^OutgoingInviteRequest %(INVITE sip:bob@.*trying%)$", tostring(request))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    assert.equal("proceeding", request.state)
    incoming:reject(486)
    assert.equal(486, request:await(2).status)
    assert.equal("done", request.state)
  end)

  it("is found by URI or name-addr, and refuses what is neither", function()
    local request = alice:invite(('"Bob B" <%s>'):format(support.uri(bob)))
    assert.equal(support.uri(bob), assert(bob:expect "INVITE").message.uri)
    request:dispose()
    assert.has_error(function() alice:invite "bob" end)
    assert.has_error(function() alice:invite() end)
    assert.has_error(function() alice:invite(support.uri(bob), {}, 5) end)
  end)

  it("makes one session, early with the 180 and confirmed by the 200", function()
    local early, late
    local request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_progress = function(response)
        early = response.session
        assert.equal("early", early.state)
      end,
      on_accept = function(response) late = response.session end,
    })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert.equal("Session", sip.type(incoming.session))
    assert(request:expect(180))
    local at_bob = incoming:accept { body = sip.sdp() }
    assert.equal(at_bob, incoming.session)
    assert(request:await(2))
    assert(at_bob:expect "ACK")
    assert.equal(early, late)
    assert.equal("confirmed", late.state)
    assert.equal(at_bob.remote_tag, late.local_tag)
    assert.equal(at_bob.local_tag, late.remote_tag)
    assert.equal(at_bob.call_id, late.call_id)
  end)

  it("sends the ACK only after the delegate has returned", function()
    support.virtual()
    local returned
    support.answer(bob)
    local request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_accept = function(response)
        sip.sleep(0.3)
        assert.equal("accepted", response.session.state)
        returned = sip.now()
      end,
    })
    local session = assert(request:await(2)).session
    assert.equal("accepted", session.state)
    sip.sleep(0.29)
    assert.equal("accepted", session.state)
    sip.sleep(0.02)
    assert.is_number(returned)
    assert.equal("confirmed", session.state)
  end)

  it("sends no ACK of its own where the script has sent one", function()
    local sessions = support.answer(bob)
    alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_accept = function(response)
        assert(response:ack { extra_headers = { "X-Ack: mine" } })
      end,
    }):await(2)
    local ack = assert(sessions[1]:expect "ACK")
    assert.equal("mine", ack.message:header "X-Ack")
    local second, err = sessions[1]:expect("ACK", { timeout = 0.05 })
    assert.is_nil(second)
    assert.equal("timeout", err.code)
  end)

  it("leaves the ACK to the script with auto = { ack = false }", function()
    support.virtual()
    local sessions = support.answer(bob)
    local request = alice:invite(support.uri(bob), { body = sip.sdp(), auto = { ack = false } })
    local response = assert(request:await(2))
    local repeats = sip.counters().absorbed
    local none, err = sessions[1]:expect("ACK", { timeout = 3 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
    assert.equal("accepted", response.session.state)
    assert(response:ack())
    assert(sessions[1]:expect("ACK", { timeout = 1 }))
    assert.equal("confirmed", response.session.state)
    assert.is_true(sip.counters().absorbed >= repeats)
  end)

  it("calls on_accept again for another fork, and ends that one", function()
    local callee = support.socket()
    local accepted = {}
    local request = alice:invite("sip:bob@" .. callee.address, { body = sip.sdp() }, {
      on_accept = function(response) accepted[#accepted + 1] = response.session end,
    })
    local invite = assert(callee:receive(2))
    local contact = { ("Contact: <sip:bob@%s>"):format(callee.address) }
    callee:send(support.response_text(invite, "200 OK", contact, "fork1"), alice.address)
    callee:send(support.response_text(invite, "200 OK", contact, "fork2"), alice.address)
    local outcome = assert(request:await(2))
    local seen = {}
    for _ = 1, 3 do
      local text = assert(callee:receive(2))
      seen[#seen + 1] = text:match "^%u+" .. " " .. text:match "\r\nTo:[^\r]*;tag=(%w+)"
    end
    table.sort(seen)
    assert.same({ "ACK fork1", "ACK fork2", "BYE fork2" }, seen)
    assert.equal(2, #accepted)
    assert.equal("fork1", accepted[1].remote_tag)
    assert.equal("fork2", accepted[2].remote_tag)
    assert.equal(accepted[1], outcome.session)
    assert.equal(outcome.session, request:await(0).session)
  end)

  it("runs the delegate calls of one request one after the other", function()
    support.virtual()
    local notes = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(181)
      incoming:reject(486)
    end }
    local function slowly(response)
      notes[#notes + 1] = "in " .. response.status
      sip.sleep(0.1)
      notes[#notes + 1] = "out " .. response.status
    end
    alice:invite(support.uri(bob), nil, { on_progress = slowly, on_reject = slowly })
    sip.sleep(1)
    assert.same({ "in 180", "out 180", "in 181", "out 181", "in 486", "out 486" }, notes)
  end)

  it("reads its delegate at each event: swapped, cleared, set", function()
    local notes = {}
    local request = alice:invite(support.uri(bob), nil, {
      on_progress = function(response) notes[#notes + 1] = "first " .. response.status end,
    })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    request.delegate = {
      on_progress = function(response) notes[#notes + 1] = "second " .. response.status end,
    }
    incoming:progress(181)
    assert(request:expect(181))
    request.delegate = nil
    incoming:progress(182)
    assert(request:expect(182))
    request.delegate = {
      on_reject = function(response) notes[#notes + 1] = "third " .. response.status end,
    }
    incoming:reject(404)
    request:await(2)
    sip.sleep(0.01)
    assert.same({ "first 180", "second 181", "third 404" }, notes)
  end)

  it("lets a delegate swap itself for what is queued behind it", function()
    support.virtual()
    local notes = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(181)
      incoming:reject(404)
    end }
    local request
    request = alice:invite(support.uri(bob), nil, {
      on_progress = function(response)
        notes[#notes + 1] = "old " .. response.status
        sip.sleep(0.2)
        request.delegate = {
          on_progress = function(next) notes[#notes + 1] = "new " .. next.status end,
        }
      end,
    })
    sip.sleep(1)
    assert.same({ "old 180", "new 181" }, notes)
    assert.equal(404, request:await(0).status)
  end)

  it("reports an error in a delegate once, with the line, and goes on", function()
    local errors = support.errors()
    support.answer(bob)
    local request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_accept = function() error "thrown on purpose" end, -- this line
    })
    local line = debug.getinfo(1, "l").currentline - 2
    local session = assert(request:await(2)).session
    sip.sleep(0.05)
    assert.equal(1, #errors)
    assert.matches(("spec/invite_spec.lua:%d: thrown on purpose"):format(line), errors[1], 1, true)
    assert.matches("stack traceback:", errors[1], 1, true)
    assert.equal("confirmed", session.state)
    assert(session:bye():await(2))
  end)
end)
