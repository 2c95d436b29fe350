-- SPDX-License-Identifier: MIT
-- The ten things that whoever rebuilds SIP.js's requests gets wrong: those about
-- dialogs, and about what is done unasked. The first six are in traps_spec.lua.

local sip = require "sipwright"
local raw_peer = require "spec.support.raw_peer"
local support = require "spec.support.sip_support"

local header, headers = raw_peer.header, raw_peer.headers
local branch, cseq, challenge = raw_peer.branch, raw_peer.cseq, raw_peer.challenge

describe("trap", function()
  local alice, peer

  before_each(function()
    alice = support.agent("alice", { password = "secret" })
    peer = raw_peer.new()
  end)

  describe("7: CSeq in two places", function()
    it("ACK and CANCEL have the INVITE's present number", function()
      local request, first = peer:called(alice)
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      assert.equal(cseq(first), cseq(peer:take "ACK"))
      local second = peer:take "INVITE"
      assert.equal(cseq(first) + 1, cseq(second))
      peer:answer(second, "180 Ringing")
      assert(request:expect(180))
      request:cancel()
      local cancel = peer:take "CANCEL"
      assert.equal(cseq(second), cseq(cancel))
      peer:answer(cancel, "200 OK")
      peer:answer(second, "487 Request Terminated")
      assert(request:await(2))
      assert.equal(cseq(second), cseq(peer:take "ACK"))
    end)

    it("a dialog counts on from the attempt that succeeded", function()
      local request, first = peer:called(alice, { body = sip.sdp() })
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      peer:take "ACK"
      local second = peer:take "INVITE"
      peer:answer(second, "200 OK", { peer:contact() })
      local session = assert(request:await(2)).session
      assert.equal(cseq(second), cseq(peer:take "ACK"))
      local last = cseq(second)
      for _, method in ipairs { "INFO", "INVITE", "UPDATE", "BYE" } do
        local inside = session:request(method, { auto = { preempt = false }, body = sip.sdp() })
        local text = peer:take(method)
        assert.equal(last + 1, cseq(text))
        peer:answer(text, "401 Unauthorized", { challenge(method) })
        if method == "INVITE" then
          assert.equal(last + 1, cseq(peer:take "ACK"))
        end
        text = peer:take(method)
        last = last + 2
        assert.equal(last, cseq(text))
        peer:answer(text, "200 OK", { peer:contact() })
        assert.equal(200, assert(inside:await(2)).status)
        if method == "INVITE" then
          assert.equal(last, cseq(peer:take "ACK"))
        end
      end
    end)

    it("RAck quotes the INVITE that the 1xx answers, not the dialog's latest number", function()
      local request, first = peer:called(alice, { body = sip.sdp() })
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      peer:take "ACK"
      local second = peer:take "INVITE"
      for i, rseq in ipairs { 7, 8 } do
        peer:answer(second, "183 Progress",
          { peer:contact(), "Require: 100rel", "RSeq: " .. rseq })
        local prack = peer:take "PRACK"
        assert.equal(("%d %d INVITE"):format(rseq, cseq(second)), header(prack, "RAck"))
        assert.equal(cseq(second) + i, cseq(prack))
        peer:answer(prack, "200 OK")
      end
      peer:answer(second, "486 Busy Here")
      assert.equal(486, assert(request:await(2)).status)
      assert.equal(cseq(second), cseq(peer:take "ACK"))
    end)
  end)

  describe("8: fork bookkeeping", function()
    it("each To tag has its session; several 2xx are told, one is the outcome", function()
      local accepted = {}
      local request, text = peer:called(alice, { body = sip.sdp(), auto = { fork_bye = false } }, {
        on_accept = function(response)
          accepted[#accepted + 1] = response.message.to_tag
        end,
      })
      local early = {}
      for _, tag in ipairs { "a", "b", "c" } do
        peer:answer(text, "180 Ringing", { peer:contact() }, tag)
        local response = assert(request:expect(function(r) return r.message.to_tag == tag end))
        early[tag] = response.session
        assert.equal(tag, early[tag].remote_tag)
      end
      local acks = {}
      for _, tag in ipairs { "b", "a" } do
        peer:answer(text, "200 OK", { peer:contact() }, tag)
        acks[tag] = peer:take "ACK"
        assert.matches(";tag=" .. tag .. "\r\n", acks[tag])
      end
      assert.same({ "b", "a" }, accepted)
      assert.equal("b", assert(request:await(0)).message.to_tag)
      assert.equal(early.b, request:await(0).session)
      assert.equal("confirmed", early.a.state)
      assert.equal("early", early.c.state)
      for _, tag in ipairs { "a", "b", "a" } do -- byte by byte the same, for each tag
        peer:answer(text, "200 OK", { peer:contact() }, tag)
        assert.equal(acks[tag], (peer.socket:receive(2)))
      end
      assert.not_equal(branch(acks.a), branch(acks.b))
      for _, session in pairs(early) do
        session:dispose()
      end
    end)

    it("each has its own target and route set", function()
      local request, text = peer:called(alice, {
        body = sip.sdp(), auto = { fork_bye = false },
      })
      local sessions = {}
      for _, tag in ipairs { "a", "b" } do
        peer:answer(text, "200 OK", {
          ("Contact: <sip:%s@%s>"):format(tag, peer.address),
          ("Record-Route: <sip:%s;lr;of=%s>"):format(peer.address, tag),
        }, tag)
        local ack = peer:take "ACK"
        assert.matches("^ACK sip:" .. tag .. "@", ack)
        assert.same({ ("<sip:%s;lr;of=%s>"):format(peer.address, tag) }, headers(ack, "Route"))
        sessions[tag] = assert(request:expect(function(r)
          return r.message.to_tag == tag
        end)).session
      end
      for tag, session in pairs(sessions) do
        session:info():dispose()
        local info = peer:take "INFO"
        assert.matches("^INFO sip:" .. tag .. "@", info)
        assert.matches("of=" .. tag, header(info, "Route"))
        session:dispose()
      end
    end)

    it("each counts its reliable responses apart", function()
      local request, text = peer:called(alice, { body = sip.sdp() })
      for _, case in ipairs { { "a", 1 }, { "b", 500 }, { "a", 2 }, { "b", 501 } } do
        local tag, rseq = table.unpack(case)
        peer:answer(text, "183 Progress",
          { peer:contact(), "Require: 100rel", "RSeq: " .. rseq }, tag)
        local prack = peer:take "PRACK"
        assert.matches(";tag=" .. tag .. "$", header(prack, "To"))
        assert.equal(("%d %d INVITE"):format(rseq, cseq(text)), header(prack, "RAck"))
        peer:answer(prack, "200 OK")
      end
      peer:answer(text, "183 Gap", { peer:contact(), "Require: 100rel", "RSeq: 9" }, "a")
      peer:silent()
      assert.same({ "bad-rseq" }, assert(request:expect(function(r)
        return r.reason == "Gap"
      end)).problems)
      request:dispose()
    end)

    it("what has no tag or no Contact is told all the same", function()
      local log = {}
      local request, text = peer:called(alice, { body = sip.sdp() }, {
        on_progress = function(response) log[#log + 1] = response.status end,
        on_accept = function(response) log[#log + 1] = response.status end,
      })
      local function bare(status, tag)
        return (support.response_text(text, status, nil, tag or "x"):gsub(tag and "" or ";tag=x",
          ""))
      end
      peer.socket:send(bare "183 No Tag", alice.address)
      peer.socket:send(bare("180 No Contact", "t"), alice.address)
      assert(request:expect(180))
      peer.socket:send(bare "200 OK", alice.address)
      assert.equal(200, assert(request:await(2)).status)
      sip.sleep(0.01)
      assert.same({ 183, 180, 200 }, log)
      local session = request:await(0).session
      if session then
        session:dispose()
      end
    end)
  end)

  describe("9: ACK and CANCEL header fidelity", function()
    local ROUTES <const> = { "<sip:%s;lr>", "<sip:two.example.com;lr>" }

    it("the ACK of a refusal: branch, To, all Routes, credentials", function()
      local first_route = ROUTES[1]:format(peer.address)
      local request = alice:invite("sip:x@example.com", {
        route = first_route, extra_headers = { "Route: " .. ROUTES[2] },
      })
      local first = peer:take "INVITE"
      peer:answer(first, "407 Proxy Authentication Required", { challenge("n", "Proxy") })
      peer:take "ACK"
      local second = peer:take "INVITE"
      peer:answer(second, "486 Busy Here", nil, "mine")
      assert.equal(486, assert(request:await(2)).status)
      local ack = peer:take "ACK"
      assert.equal(branch(second), branch(ack))
      assert.matches("^ACK sip:x@example.com SIP", ack)
      assert.matches(";tag=mine$", header(ack, "To"))
      assert.equal(header(second, "From"), header(ack, "From"))
      assert.same({ first_route, ROUTES[2] }, headers(ack, "Route"))
      assert.equal(header(second, "Proxy-Authorization"), header(ack, "Proxy-Authorization"))
      assert.equal(1, #headers(ack, "Via"))
    end)

    it("the ACK of a 2xx: a new branch, the dialog's target and routes, credentials", function()
      local request, first = peer:called(alice, { body = sip.sdp() })
      peer:answer(first, "401 Unauthorized", { challenge "n" })
      peer:take "ACK"
      local second = peer:take "INVITE"
      peer:answer(second, "200 OK", {
        "Contact: <sip:target@192.0.2.1>",
        "Record-Route: <sip:far.example.com;lr>",
        ("Record-Route: <sip:%s;lr>"):format(peer.address),
      })
      local ack = peer:take "ACK"
      assert.not_equal(branch(second), branch(ack))
      assert.matches("^ACK sip:target@192%.0%.2%.1 SIP", ack)
      assert.same({ ("<sip:%s;lr>"):format(peer.address), "<sip:far.example.com;lr>" },
        headers(ack, "Route"))
      assert.equal(header(second, "Authorization"), header(ack, "Authorization"))
      assert.equal(cseq(second), cseq(ack))
      request:await(2).session:dispose()
    end)

    it("CANCEL: branch and Routes, no credentials, the Reason as it was given", function()
      local first_route = ROUTES[1]:format(peer.address)
      local request = alice:invite("sip:x@example.com", {
        route = first_route, extra_headers = { "Route: " .. ROUTES[2] },
      })
      peer:answer(peer:take "INVITE", "401 Unauthorized", { challenge "n" })
      peer:take "ACK"
      local second = peer:take "INVITE"
      peer:answer(second, "180 Ringing")
      assert(request:expect(180))
      request:cancel 'anything; at="all"'
      local cancel = peer:take "CANCEL"
      assert.equal(branch(second), branch(cancel))
      assert.same({ first_route, ROUTES[2] }, headers(cancel, "Route"))
      assert.is_nil(header(cancel, "Authorization"))
      assert.is_nil(header(cancel, "To"):find("tag=", 1, true))
      assert.equal('anything; at="all"', header(cancel, "Reason"))
      assert.matches("\r\nMax%-Forwards: 70\r\n", cancel)
      request:dispose()
    end)
  end)

  describe("10: silent conveniences becoming policy", function()
    --- Whether the engine does by itself what `act` waits for: with the switch,
    --- and without.
    local function both(switch, act)
      for _, on in ipairs { true, false } do
        alice = support.agent("alice", {
          password = "secret", hold = 60, auto = { [switch] = on },
        })
        assert.equal(on, act(), switch .. (on and " on" or " off"))
        peer:forget()
      end
    end

    local function call()
      local request, text = peer:called(alice, { body = sip.sdp() })
      peer:answer(text, "200 OK", { peer:contact() })
      local session = assert(request:await(2)).session
      peer:take "ACK"
      return session, text
    end

    local function inside(text, method)
      local tag = header(text, "From"):match "tag=(.+)"
      return support.request_text(method, {
        uri = "sip:alice@" .. alice.address, from = peer.address, cseq = 7,
        call_id = header(text, "Call-ID"), to = "<sip:alice@127.0.0.1>;tag=" .. tag,
      }):gsub("tag=raw1", "tag=rawtag")
    end

    it("ack: the ACK of a 2xx that nobody acknowledged", function()
      both("ack", function()
        local request, text = peer:called(alice, { body = sip.sdp() })
        peer:answer(text, "200 OK", { peer:contact() })
        assert(request:await(2))
        return peer:hears()
      end)
    end)

    it("auth: the answer to a challenge", function()
      both("auth", function()
        alice:message("sip:x@" .. peer.address)
        peer:answer(peer:take "MESSAGE", "401 Unauthorized", { challenge "n" })
        return peer:hears()
      end)
    end)

    for method, switch in pairs { NOTIFY = "notify", INFO = "info", BYE = "bye" } do
      it(switch .. ": 200 to " .. method .. " in a dialog", function()
        both(switch, function()
          local _, text = call()
          peer.socket:send(inside(text, method), alice.address)
          return peer:hears()
        end)
      end)
    end

    it("stray: 481 to what belongs to no dialog", function()
      both("stray", function()
        peer.socket:send(support.request_text("BYE", {
          uri = "sip:alice@x", from = peer.address, to = "<sip:alice@x>;tag=none",
          call_id = "none" .. alice.address,
        }), alice.address)
        return peer:hears()
      end)
    end)

    it("allow: 405 to an unknown method", function()
      support.virtual()
      both("allow", function()
        peer.socket:send(support.request_text("FOO", {
          uri = "sip:alice@x", from = peer.address, call_id = "foo" .. alice.address,
        }), alice.address)
        return peer:hears(61)
      end)
    end)

    it("trying: 100 after 200 ms", function()
      support.virtual()
      both("trying", function()
        peer.socket:send(support.request_text("INVITE", {
          uri = "sip:alice@x", from = peer.address, call_id = "inv" .. alice.address,
        }), alice.address)
        return peer:hears(0.3)
      end)
    end)

    it("ack_timeout_bye: BYE where no ACK came", function()
      support.virtual()
      both("ack_timeout_bye", function()
        alice.delegate = { on_invite = function(incoming)
          incoming:accept { body = sip.sdp() }
        end }
        peer.socket:send(support.request_text("INVITE", {
          uri = "sip:alice@x", from = peer.address, call_id = "inv" .. alice.address,
        }), alice.address)
        local bye = false
        for text in function() return (peer.socket:receive(40)) end do
          bye = bye or text:find "^BYE " ~= nil
        end
        return bye
      end)
    end)

    it("every drop has a reason that is counted", function()
      local function count() return sip.counters().dropped end
      for _, bytes in ipairs {
        "garbage", "\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n",
        support.request_text("ACK", { uri = "sip:alice@x", from = peer.address }),
      } do
        local before = count()
        peer.socket:send(bytes, alice.address)
        sip.sleep(0.01)
        assert.equal(before + 1, count(), bytes)
      end
      local sum = 0
      for _, n in pairs(sip.drops()) do
        sum = sum + n
      end
      assert.equal(count(), sum)
    end)
  end)
end)
