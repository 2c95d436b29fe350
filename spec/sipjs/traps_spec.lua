-- SPDX-License-Identifier: MIT
-- The ten things that whoever rebuilds SIP.js's requests gets wrong, each by its
-- name, against raw sockets, and on the virtual clock where timers count: what
-- becomes of a request. The other four are in traps_dialogs_spec.lua.

local sip = require "sipwright"
local raw_peer = require "spec.support.raw_peer"
local support = require "spec.support.sip_support"

local branch, cseq, challenge = raw_peer.branch, raw_peer.cseq, raw_peer.challenge

local function collected()
  sip.sleep(0)
  collectgarbage()
  collectgarbage()
end

describe("trap", function()
  local alice, peer

  before_each(function()
    alice = support.agent("alice", { password = "secret" })
    peer = raw_peer.new()
  end)

  describe("1: keeping the request-keyed response map", function()
    it("a late copy of the first 401 belongs to its own transaction", function()
      local told = {}
      local function note(response) told[#told + 1] = response.status end
      local request, first = peer:called(alice, nil, {
        on_trying = note, on_progress = note, on_accept = note, on_reject = note,
      })
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      local ack = peer:take "ACK"
      local second = peer:take "INVITE"
      assert.not_equal(branch(first), branch(second))
      peer:answer(second, "180 Ringing")
      assert(request:expect(180))
      for _ = 1, 3 do
        peer:answer(first, "401 Unauthorized", { challenge "n" })
        assert.equal(ack, (peer.socket:receive(2)))
      end
      peer:answer(first, "180 Ringing")
      peer:answer(second, "603 Decline")
      assert.equal(603, assert(request:await(2)).status)
      sip.sleep(0)
      assert.same({ 180, 603 }, told)
      assert.equal(branch(second), branch(peer:take "ACK"))
    end)

    it("branch and method name the transaction, not the Call-ID", function()
      local strays = sip.drops().stray or 0
      local request, text = peer:called(alice)
      for _, change in ipairs {
        function(s) return (s:gsub("branch=z9hG4bK[^;\r]+", "branch=z9hG4bKother")) end,
        function(s) return (s:gsub("(CSeq: %d+) INVITE", "%1 OPTIONS")) end,
      } do
        peer.socket:send(change(support.response_text(text, "486 Busy Here")), alice.address)
      end
      assert.is_nil((request:await(0.05)))
      assert.equal(strays + 2, sip.drops().stray)
      peer:answer(text, "404 Not Found")
      assert.equal(404, assert(request:await(2)).status)
    end)
  end)

  describe("2: copying the zero timers", function()
    before_each(support.virtual)

    it("A doubles without a cap, B ends it after 64*T1", function()
      local request = peer:called(alice)
      assert.same({ 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 }, peer:schedule(64))
      assert.equal("timeout:B", assert(request:await(0)).cause)
    end)

    it("E is capped by T2, and is T2 once a 1xx came", function()
      alice:message("sip:x@" .. peer.address)
      local text, begun = peer:take "MESSAGE", sip.now()
      assert.same({ 0.5, 1.5, 3.5, 7.5 }, peer:schedule(8, begun))
      peer:answer(text, "100 Trying")
      assert.same({ 11.5, 15.5, 19.5, 23.5, 27.5, 31.5 }, peer:schedule(64, begun))
    end)

    it("G is capped by T2, H ends it; I absorbs repeats of the ACK", function()
      local bob = support.agent("bob", { hold = 0 })
      local text = support.request_text("INVITE", {
        uri = support.uri(bob), from = peer.address, call_id = "trap-2",
      })
      peer.socket:send(text, bob.address)
      assert.matches("^SIP/2%.0 486", assert(peer.socket:receive(0.1)))
      assert.same({ 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5 }, peer:schedule(64))
    end)

    it("D: a refusal repeated after 31 s gets its ACK, after 33 s it is a stray", function()
      local request, text = peer:called(alice)
      peer:answer(text, "486 Busy Here")
      assert(request:await(2))
      local ack = peer:take "ACK"
      sip.advance(31)
      peer:answer(text, "486 Busy Here")
      assert.equal(ack, (peer.socket:receive(0.5)))
      sip.advance(2)
      peer:answer(text, "486 Busy Here")
      peer:silent()
    end)

    it("J: a MESSAGE repeated after 31 s gets the same 200, and is not told twice", function()
      local told = 0
      local bob = support.agent "bob"
      bob.delegate = { on_message = function(incoming)
        told = told + 1
        incoming:reply(200)
      end }
      local text = support.request_text("MESSAGE", {
        uri = support.uri(bob), from = peer.address, call_id = "trap-2-j",
      })
      peer.socket:send(text, bob.address)
      local answer = assert(peer.socket:receive(1))
      sip.advance(31)
      peer.socket:send(text, bob.address)
      assert.equal(answer, (peer.socket:receive(0.5)))
      assert.equal(1, told)
    end)

    it("K: a final response repeated within T4 is absorbed", function()
      local strays = sip.drops().stray or 0
      local request = alice:message("sip:x@" .. peer.address)
      local text = peer:take "MESSAGE"
      peer:answer(text, "200 OK")
      assert(request:await(2))
      sip.advance(4.9)
      peer:answer(text, "200 OK")
      sip.advance(0.05)
      assert.equal(strays, sip.drops().stray or 0)
      sip.advance(0.1)
      peer:answer(text, "200 OK")
      sip.advance(0.05)
      assert.equal(strays + 1, sip.drops().stray)
    end)

    it("M: a 2xx repeated after 31 s gets its ACK (RFC 6026)", function()
      local request, text = peer:called(alice, { body = sip.sdp() })
      peer:answer(text, "200 OK", { peer:contact() })
      local session = assert(request:await(2)).session
      local ack = peer:take "ACK"
      sip.advance(31)
      peer:answer(text, "200 OK", { peer:contact() })
      assert.equal(ack, (peer.socket:receive(0.5)))
      session:dispose()
    end)
  end)

  describe("3: treating cancel as fire-and-forget", function()
    it("what was cancelled before a challenge is not sent again", function()
      local request, text = peer:called(alice)
      local cancel = request:cancel()
      peer:answer(text, "407 Proxy Authentication Required", { challenge("n", "Proxy") })
      assert.equal(407, assert(request:await(2)).status)
      peer:take "ACK"
      peer:silent()
      assert.equal(cancel, request:cancel())
    end)

    it("a CANCEL between two attempts is that of the second", function()
      local request, first = peer:called(alice)
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      peer:take "ACK"
      local second = peer:take "INVITE"
      local cancel = request:cancel()
      assert.equal(cancel, request:cancel())
      peer:silent()
      peer:answer(second, "100 Trying")
      local text = peer:take "CANCEL"
      assert.equal(branch(second), branch(text))
      assert.equal(cseq(second), cseq(text))
      peer:answer(text, "200 OK")
      peer:answer(second, "487 Request Terminated")
      assert.equal(487, assert(request:await(2)).status)
      assert.equal(200, assert(cancel:await(2)).status)
    end)

    it("64*T1 after it the INVITE is over, 487 or not, whatever became of it", function()
      support.virtual()
      local rejected = {}
      local request, text = peer:called(alice, nil, {
        on_reject = function(response) rejected[#rejected + 1] = response.cause end,
      })
      peer:answer(text, "180 Ringing")
      assert(request:expect(180))
      local cancel = request:cancel()
      peer:answer(peer:take "CANCEL", "200 OK")
      assert.equal(200, assert(cancel:await(1)).status)
      local begun = sip.now()
      assert.equal("cancel-guard", assert(request:await(64)).cause)
      assert.near(32, sip.now() - begun, 0.1)
      peer:answer(text, "487 Request Terminated")
      sip.advance(1)
      assert.same({ "cancel-guard" }, rejected)
    end)

    it("until a 1xx comes the INVITE is repeated all the same", function()
      support.virtual()
      local request = peer:called(alice)
      request:cancel()
      assert.same({ 0.5, 1.5, 3.5 }, peer:schedule(4))
      request:dispose()
    end)
  end)

  describe("4: dispose() that frees while the loop still holds pointers", function()
    it("leaves no timer, no CANCEL, no object and no reference of the script's", function()
      support.virtual()
      local held
      do
        local delegate = { on_progress = function() end }
        local ringing, text = peer:called(alice, nil, delegate)
        peer:answer(text, "180 Ringing")
        assert(ringing:expect(180, { timeout = 1 }))
        local waiting = peer:called(alice, nil, delegate)
        local message = alice:message("sip:x@" .. peer.address, nil, delegate)
        held = setmetatable({ ringing, waiting, message, delegate }, { __mode = "v" })
        ringing:cancel()
        waiting:cancel()
        for _, request in ipairs { ringing, waiting, message } do
          request:dispose()
          request:dispose()
        end
      end
      collected()
      assert.is_nil(next(held))
      assert.equal(1, sip.objects().requests) -- the CANCEL that is on its way
      sip.advance(200)
      collected()
      assert.equal(0, sip.objects().requests)
      assert.equal(0, sip.objects().transactions)
    end)

    it("is legal in every delegate of the request, and so is closing its agent", function()
      for _, act in ipairs {
        function(response) response.request:dispose() end,
        function(response) response.request:dispose { mode = "bye" } end,
        function() alice:close() end,
      } do
        for _, status in ipairs {
          "100 Trying", "180 Ringing", "200 OK", "302 Moved", "486 Busy",
        } do
          alice = support.agent "alice"
          local told = 0
          local function once(response)
            told = told + 1
            act(response)
          end
          local _, text = peer:called(alice, { body = sip.sdp() }, {
            on_trying = once, on_progress = once, on_accept = once, on_redirect = once,
            on_reject = once,
          })
          peer:answer(text, status, { peer:contact() })
          peer:answer(text, "180 Ringing", nil, "other")
          sip.sleep(0.01)
          assert.equal(1, told, status)
          alice:close()
          peer:forget()
        end
      end
    end)
  end)

  describe("5: calling Lua in the middle of a transition", function()
    it("the ACK is on its way before on_reject, the CANCEL before on_progress", function()
      local seen = {}
      local request, text = peer:called(alice, nil, {
        on_progress = function() seen[#seen + 1] = peer:take "CANCEL" and "CANCEL" end,
        on_reject = function() seen[#seen + 1] = peer:take "ACK" and "ACK" end,
      })
      request:cancel()
      peer:answer(text, "180 Ringing")
      assert(request:expect(180))
      sip.sleep(0.02)
      peer:answer(text, "487 Request Terminated")
      assert(request:await(2))
      sip.sleep(0.02)
      assert.same({ "CANCEL", "ACK" }, seen)
    end)

    it("an error in a delegate is reported, and changes nothing", function()
      support.virtual()
      local errors = support.errors()
      local function fail() error "in a delegate" end
      local delegate = { on_trying = fail, on_progress = fail, on_accept = fail, on_reject = fail }
      local request, text = peer:called(alice, { body = sip.sdp() }, delegate)
      peer:answer(text, "100 Trying")
      peer:answer(text, "180 Ringing")
      peer:answer(text, "200 OK", { peer:contact() })
      local session = assert(request:await(1)).session
      peer:take "ACK"
      assert.equal("confirmed", session.state)
      session:dispose()
      local silent_one = peer:called(alice, nil, delegate)
      assert.equal("timeout:B", assert(silent_one:await(64)).cause)
      sip.advance(64)
      assert.equal(4, #errors)
      assert.equal(0, sip.objects().transactions)
    end)

    it("cancel, dispose, bye and a new INVITE may come from inside", function()
      local bob = support.agent "bob"
      local sessions = support.answer(bob)
      local log = {}
      local request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
        on_accept = function(response)
          log[#log + 1] = select(2, response.request:cancel()).code
          local second = alice:invite(support.uri(bob), { body = sip.sdp() })
          log[#log + 1] = response.session:bye():await(2).status
          response.request:dispose()
          second:dispose()
        end,
      })
      assert(request:await(2))
      sip.sleep(0.05)
      assert.same({ "final", 200 }, log)
      assert.equal("ended", sessions[1].state)
    end)

    it("the delegate is looked up when it is needed", function()
      local log = {}
      local request, text = peer:called(alice, nil, {
        on_progress = function() log[#log + 1] = "old" end,
      })
      request.delegate = { on_progress = function()
        log[#log + 1] = "new"
        request.delegate = nil
      end, on_reject = function() log[#log + 1] = "gone" end }
      peer:answer(text, "180 Ringing")
      assert(request:expect(180))
      sip.sleep(0)
      peer:answer(text, "486 Busy Here")
      assert(request:await(2))
      sip.sleep(0)
      assert.same({ "new" }, log)
    end)
  end)

  describe("6: two finals, or none", function()
    local function outcomes()
      local log = {}
      local function note(response) log[#log + 1] = response.status end
      return log, {
        on_accept = note, on_redirect = note, on_reject = note,
        on_error = function(err) log[#log + 1] = err.code end,
      }
    end

    it("an ACK that does not get through goes to on_error", function()
      local log, delegate = outcomes()
      local request, text = peer:called(alice, { body = sip.sdp() }, delegate)
      alice.edit = function(bytes)
        return bytes .. (bytes:find "^ACK " and ("x"):rep(70000) or "")
      end
      peer:answer(text, "200 OK", { peer:contact() })
      local session = assert(request:await(2)).session
      sip.sleep(0.02)
      assert.same({ 200, "too_big" }, log)
      session:dispose()
    end)

    it("a refused port after the outcome does, too", function()
      local log, delegate = outcomes()
      local to = peer.address
      local request, text = peer:called(alice, { auto = { ack_failure = false } }, delegate)
      delegate.on_reject = function(response)
        log[#log + 1] = response.status
        peer.socket:close()
        response:ack()
      end
      peer:answer(text, "486 Busy Here")
      assert(request:await(2))
      local give_up = sip.now() + 2
      while not log[2] and sip.now() < give_up do
        sip.sleep(0.005)
      end
      assert.same({ 486, "refused" }, log, to)
      assert.equal(486, assert(request:await(0)).status)
    end)

    it("a real 408 is told as real, and only once; a timeout as synthetic", function()
      support.virtual()
      for _, method in ipairs { "INVITE", "MESSAGE" } do
        local log, delegate = outcomes()
        local request = alice:request(method, "sip:x@" .. peer.address, nil, delegate)
        local text = peer:take(method)
        peer:answer(text, "408 Request Timeout", { "X-Real: yes" })
        local response = assert(request:await(2))
        assert.is_false(response.synthetic)
        assert.equal("yes", response.message:header "X-Real")
        peer:forget()
        sip.advance(70)
        assert.same({ 408 }, log)

        local timed_log, timed_delegate = outcomes()
        local lost = alice:request(method, "sip:x@" .. peer.address, nil, timed_delegate)
        response = assert(lost:await(64))
        assert.is_true(response.synthetic)
        assert.is_nil(response.message)
        peer:forget()
        sip.advance(70)
        assert.same({ 408 }, timed_log)
      end
    end)

    it("a send that fails at once is told later: a delegate may be set in between", function()
      local log, delegate = outcomes()
      alice.edit = function(text) return text .. ("x"):rep(70000) end
      local request = alice:message("sip:x@" .. peer.address)
      assert.equal("trying", request.state)
      request.delegate = delegate
      assert.equal("transport:too_big", assert(request:await(2)).cause)
      sip.sleep(0)
      assert.same({ 503 }, log)
    end)
  end)
end)
