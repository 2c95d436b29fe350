-- SPDX-License-Identifier: MIT
-- Any step overridden: after each trick the engine's own state is sound, that
-- is, the call ends in the ordinary way and nothing is left of it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local OPTIONS_LINE <const> = "^OPTIONS "
local LONG <const> = { v = "Via", f = "From", t = "To", i = "Call-ID" }

--- The text with its header lines whole and their names long.
local function plain(text)
  return (text:gsub("\r\n[ \t]+", " "):gsub("\r\n([vfti]):", function(short)
    return "\r\n" .. LONG[short] .. ":"
  end))
end

describe("an override", function()
  local alice, bob, raw

  before_each(function()
    alice, bob = support.pair()
    raw = support.socket()
  end)

  after_each(function()
    alice, bob, raw = nil, nil, nil
    support.close_all()
    sip.sleep(0.01)
    collectgarbage()
    collectgarbage()
    support.assert_nothing_left()
  end)

  --- Sends an OPTIONS to the raw socket, and shows that it has its outcome.
  local function shown(options)
    local request = alice:request("OPTIONS", "sip:x@" .. raw.address, options)
    local text = assert(raw:receive(2))
    raw:send(support.response_text(plain(text), "200 OK"), alice.address)
    assert.equal(200, assert(request:await(2)).status)
    return text
  end

  --- Both sides end the call, and know it.
  local function ends_well(a, b)
    assert.equal(200, assert(a:bye():await(2)).status)
    assert(b:expect("BYE", { timeout = 2 }))
    sip.sleep(0.01)
    assert.equal("ended", a.state)
    assert.equal("ended", b.state)
  end

  --- A call from alice to bob that has been answered; `response` unacknowledged
  --- by the engine.
  local function answered(options)
    options = options or {}
    options.body = options.body or sip.sdp()
    options.auto = options.auto or { ack = false }
    local request = alice:invite(support.uri(bob), options)
    local b = assert(assert(bob:expect "INVITE"):accept { body = sip.sdp() })
    return assert(request:expect "2xx"), b
  end

  describe("of the headers", function()
    local cases = {
      removed = { { remove = { "Max-Forwards" } }, "^(.*)$", function(text)
        assert.is_nil(text:find("Max-Forwards", 1, true))
      end },
      replaced = { { replace = { ["Max-Forwards"] = "0" } }, "\r\nMax%-Forwards: 0\r\n" },
      ["put first"] = { { insert = { { "X-A", "1", at = 1 } } },
        "^OPTIONS [^\r]+\r\nX%-A: 1\r\n" },
      ["put in the middle"] = { { insert = { { "X-A", "1", at = 3 } } },
        "^OPTIONS [^\r]+\r\n[^\r]+\r\n[^\r]+\r\nX%-A: 1\r\n" },
      repeated = { { insert = { { "X-A", "1" }, { "X-A", "1" } } },
        "\r\nX%-A: 1\r\nX%-A: 1\r\n" },
      folded = { { insert = { { "X-A", "one, two, three, four, five, six, seven, eight" } },
        fold = true }, "\r\nX%-A:[^\r]*\r\n[ \t]" },
      compact = { { compact = true }, "\r\nv: SIP/2%.0/UDP " },
    }
    for name, case in pairs(cases) do
      it("is " .. name, function()
        local text = shown { headers = case[1] }
        assert.matches(case[2], text)
        if case[3] then
          case[3](text)
        end
      end)
    end
  end)

  describe("of the request line and the CSeq", function()
    it("is sent as it was asked for", function()
      local text = shown { request_uri = "urn:service:sos", cseq = 4294967295 }
      assert.matches("^OPTIONS urn:service:sos SIP/2%.0\r\n", text)
      assert.matches("\r\nCSeq: 4294967295 OPTIONS\r\n", text)
    end)

    it("may even be no request line", function()
      alice:request("OPTIONS", "sip:x@" .. raw.address, {
        edit = function(text) return (text:gsub("^[^\r]+", "OPTIONS sip:x SIP/9.9")) end,
      }):dispose()
      assert.matches("^OPTIONS sip:x SIP/9%.9\r\n", assert(raw:receive(2)))
    end)

    it("in a dialog: the next request counts on from where it was", function()
      local a, b = support.call(alice, bob)
      assert.equal(500, assert(a:info({ cseq = 1 }):await(2)).status)
      assert.equal(200, assert(a:info({}):await(2)).status)
      assert.equal(200, assert(a:info({ cseq = 4711 }):await(2)).status)
      local bye = a:bye()
      assert.equal(4712, bye.message.cseq)
      assert.equal(200, assert(bye:await(2)).status)
      assert(b:expect "BYE")
    end)
  end)

  describe("of a text at the last moment", function()
    it("changes requests, responses, ACKs, CANCELs and what the engine sends by itself", function()
      local function mark(text)
        return (text:gsub("\r\nContent%-Length", "\r\nX-Edited: yes\r\nContent-Length", 1))
      end
      local seen = {}
      local function note(incoming) seen[#seen + 1] = incoming.message:header "X-Edited" end
      alice.edit, bob.edit = mark, mark
      local request = alice:invite(support.uri(bob), { body = sip.sdp() })
      local incoming = assert(bob:expect "INVITE")
      note(incoming)
      incoming:progress(180)
      assert.equal("yes", assert(request:expect(180)).message:header "X-Edited")
      request:cancel()
      note(assert(incoming:expect "CANCEL"))
      assert.equal("yes", assert(request:await(2)).message:header "X-Edited") -- 487 by itself
      local a, b = support.call(alice, bob)
      assert.equal("yes", assert(a:info():await(2)).message:header "X-Edited") -- 200 by itself
      alice.edit, bob.edit = nil, nil
      assert.same({ "yes", "yes" }, seen)
      assert.is_nil(request.message:header "X-Edited") -- the engine keeps its own idea
      ends_well(a, b)
    end)

    it("changes the ACK of a 2xx and that of a refusal, and their repeats", function()
      alice.edit = function(text)
        return (text:gsub("^ACK ([^\r]+)", "ACK %1\r\nX-Edited: yes"))
      end
      for _, status in ipairs { "486 Busy Here", "200 OK" } do
        local request = alice:invite("sip:x@" .. raw.address, { body = sip.sdp() })
        local invite = assert(raw:receive(2))
        local response = support.response_text(invite, status,
          { ("Contact: <sip:x@%s>"):format(raw.address) })
        for _ = 1, 2 do
          raw:send(response, alice.address)
          assert.matches("^ACK [^\r]+\r\nX%-Edited: yes\r\n", assert(raw:receive(2)))
        end
        local session = assert(request:await(2)).session
        if session then
          session:dispose()
        end
      end
    end)

    it("sees each repeat anew, and whom it goes to", function()
      support.virtual()
      local count, infos = 0, {}
      alice.edit = function(text, info)
        count = count + 1
        infos[#infos + 1] = ("%s %s"):format(info.to == raw.address, info.message.method)
        return (text:gsub("\r\n\r\n", ("\r\nX-Count: %d\r\n\r\n"):format(count), 1))
      end
      local request = alice:request("OPTIONS", "sip:x@" .. raw.address)
      assert.matches("X%-Count: 1\r\n", assert(raw:receive(1)))
      local text = assert(raw:receive(1))
      assert.matches("X%-Count: 2\r\n", text)
      assert.same({ "true OPTIONS", "true OPTIONS" }, infos)
      raw:send(support.response_text(text, "200 OK"), alice.address)
      assert.equal(200, assert(request:await(2)).status)
    end)

    it("that returns false is a loss on the way, counted and drawn", function()
      support.virtual()
      local left = 1
      local before = sip.drops().edit or 0
      alice.edit = function()
        left = left - 1
        return left < 0
      end
      bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
      local request = alice:message(support.uri(bob), { body = "x" })
      assert.equal(200, assert(request:await(5)).status)
      assert.equal(before + 1, sip.drops().edit)
      assert.matches("dropped", sip.ladder(request.message.call_id), 1, true)
    end)

    it("that fails is reported, and the bytes go as they were", function()
      local errors = support.errors()
      alice.edit = function() error "broken edit" end
      assert.matches(OPTIONS_LINE, shown())
      assert.matches("spec/overrides_spec.lua:%d+: broken edit", errors[1])
      alice.edit = function() return {} end
      assert.matches(OPTIONS_LINE, shown())
      assert.matches("a table", errors[2])
      alice.edit = function() return nil end
      assert.matches(OPTIONS_LINE, shown())
      assert.equal(2, #errors)
    end)

    it("may look and change, not act", function()
      local errors = support.errors()
      alice.edit = function() alice:close() end
      assert.matches(OPTIONS_LINE, shown())
      assert.matches("not possible inside", errors[1])
      assert.is_false(alice.closed)
    end)

    it("that is too long for a datagram fails as such a request would", function()
      alice.edit = function(text) return text .. ("x"):rep(70000) end
      local request = alice:request("OPTIONS", "sip:x@" .. raw.address)
      local response = assert(request:await(2))
      assert.equal(503, response.status)
      assert.equal("transport:too_big", response.cause)
    end)

    it("is no more than a function, or nil", function()
      assert.error_matches(function() alice.edit = 1 end, "edit must be a function, got number")
      assert.is_nil(alice.edit)
    end)
  end)

  describe("by raw bytes", function()
    it("puts them in the place of a request, a response, an ACK, a CANCEL", function()
      local request = alice:invite(support.uri(bob), { body = sip.sdp() })
      local incoming = assert(bob:expect "INVITE")
      incoming:progress(180, {
        raw = support.response_text(incoming.message:bytes(), "183 Raw", nil, "rawtag"),
      })
      assert.equal("Raw", assert(request:expect(183)).reason)
      request:dispose()
      request = alice:invite("sip:x@" .. raw.address)
      local invite = assert(raw:receive(2))
      raw:send(support.response_text(invite, "180 Ringing"), alice.address)
      assert(request:expect(180))
      local branch = invite:match "branch=([^;\r]+)"
      request:cancel { raw = support.request_text("CANCEL", {
        uri = "sip:other", from = alice.address, branch = branch, headers = { "X-Raw: 1" },
      }) }
      assert.matches("^CANCEL sip:other SIP/2%.0\r\n.*X%-Raw: 1\r\n", assert(raw:receive(2)))
      raw:send(support.response_text(invite, "487 Request Terminated"), alice.address)
      assert.equal(487, assert(request:await(2)).status)
    end)

    it("sends what it likes from the agent's own socket", function()
      assert.is_true(alice:send("no SIP at all", raw.address))
      local bytes, from = assert(raw:receive(2))
      assert.equal("no SIP at all", bytes)
      assert.equal(alice.address, from)
      assert.error_matches(function() alice:send("x", "nowhere") end, "is not like 127.0.0.1:5060")
      local sent, err = alice:send(("x"):rep(70000), raw.address)
      assert.is_nil(sent)
      assert.equal("too_big", err.code)
      alice:close()
      assert.error_matches(function() alice:send("x", raw.address) end, "this agent is closed")
    end)

    it("in the middle of a call harm nobody", function()
      local a, b = support.call(alice, bob)
      for _, bytes in ipairs {
        "\r\n\r\n", "garbage", "SIP/2.0 200 OK\r\n\r\n", "BYE sip:x SIP/2.0\r\n\r\n",
        support.request_text("ACK", { uri = "sip:bob", from = alice.address,
          call_id = a.call_id }),
        support.request_text("CANCEL", { uri = "sip:bob", from = alice.address }),
      } do
        assert(alice:send(bytes, bob.address))
      end
      sip.sleep(0.02)
      ends_well(a, b)
    end)
  end)

  describe("of a response", function()
    it("sends it twice", function()
      local request = alice:message(support.uri(bob))
      local incoming = assert(bob:expect "MESSAGE")
      assert(incoming:reply(200))
      assert(incoming:reply(200, { force = true }))
      assert.equal(200, assert(request:await(2)).status)
      sip.sleep(0.01)
      assert.equal("done", request.state)
    end)

    it("sends another one after the final one", function()
      local request = alice:invite(support.uri(bob))
      local incoming = assert(bob:expect "INVITE")
      assert(incoming:reject(486))
      assert.equal(486, assert(request:await(2)).status)
      assert(incoming:reply(180, { force = true }))
      assert(incoming:reply(200, { force = true }))
      sip.sleep(0.02)
      assert.equal(486, assert(request:await(0)).status)
      local a, b = support.call(alice, bob)
      ends_well(a, b)
    end)

    it("sends a provisional one after the 2xx, in a call that goes on", function()
      local request = alice:invite(support.uri(bob), { body = sip.sdp() })
      local incoming = assert(bob:expect "INVITE")
      local b = assert(incoming:accept { body = sip.sdp() })
      assert(incoming:reply(180, { force = true }))
      local a = assert(request:expect "2xx").session
      assert(b:expect "ACK")
      ends_well(a, b)
    end)

    it("sends none at all: the request times out, and no more", function()
      support.virtual()
      local request = alice:message(support.uri(bob))
      assert(bob:expect "MESSAGE")
      local response = assert(request:await(40))
      assert.equal("timeout:F", response.cause)
      sip.advance(64)
    end)
  end)

  describe("of the ACK of a 2xx", function()
    it("withholds it until it is sent later", function()
      local response, b = answered()
      assert.is_nil((b:expect("ACK", { timeout = 0.05 })))
      assert.equal("accepted", response.session.state)
      assert.is_true(response.session:ack())
      assert(b:expect("ACK", { timeout = 2 }))
      ends_well(response.session, b)
    end)

    it("withholds it for good: the callee gives up", function()
      support.virtual()
      local response, b = answered()
      local a = response.session
      assert(a:expect("BYE", { timeout = 40 }))
      sip.sleep(0)
      assert.equal("ack timeout", b.cause)
      assert.equal("bye received", a.cause)
    end)

    it("mangles it: what the callee cannot match it repeats its 2xx for", function()
      support.virtual()
      local response, b = answered()
      assert.is_true(response:ack { cseq = 77 })
      assert.is_nil((b:expect("ACK", { timeout = 1 })))
      assert.is_true(response:ack {
        extra_headers = { "X-Second: yes" }, headers = { remove = { "Max-Forwards" } },
        edit = function(text) return (text:gsub("X%-Second", "X-Edited")) end,
      })
      local ack = assert(b:expect("ACK", { timeout = 2 })).message
      assert.equal("yes", ack:header "X-Edited")
      assert.is_nil(ack:header "Max-Forwards")
      ends_well(response.session, b)
    end)

    it("sends raw bytes in its place, which are repeated with the 2xx", function()
      local request = alice:invite("sip:x@" .. raw.address, {
        body = sip.sdp(), auto = { ack = false },
      })
      local invite = assert(raw:receive(2))
      local response = support.response_text(invite, "200 OK",
        { ("Contact: <sip:x@%s>"):format(raw.address) })
      raw:send(response, alice.address)
      assert.is_true(assert(request:await(2)):ack { raw = "ACK as I like" })
      assert.equal("ACK as I like", (raw:receive(2)))
      raw:send(response, alice.address)
      assert.equal("ACK as I like", (raw:receive(2)))
      request:await(0).session:dispose()
    end)

    it("sends it twice", function()
      local response, b = answered()
      assert.is_true(response:ack())
      assert.is_true(response.session:ack())
      assert(b:expect("ACK", { timeout = 2 }))
      ends_well(response.session, b)
    end)

    it("refuses options that it has no use for, each by its name", function()
      local response, b = answered()
      for _, key in ipairs { "auth", "auto", "timers", "expires", "event", "registrar", "force" } do
        for _, sender in ipairs { response, response.session } do
          assert.error_matches(function() sender:ack { [key] = 1 } end,
            'unknown option "' .. key .. '"', 1, true)
        end
      end
      assert.is_true(response:ack())
      assert(b:expect("ACK", { timeout = 2 }))
      ends_well(response.session, b)
    end)
  end)

  describe("of the ACK of a refusal", function()
    local function refused()
      local request = alice:invite("sip:x@" .. raw.address, { auto = { ack_failure = false } })
      local text = support.response_text(assert(raw:receive(2)), "486 Busy Here")
      raw:send(text, alice.address)
      return assert(request:await(2)), text
    end

    it("withholds it, from every repeat", function()
      local response, text = refused()
      assert.equal(486, response.status)
      raw:send(text, alice.address)
      assert.is_nil((raw:receive(0.05)))
    end)

    it("withholds it from a whole agent: its peer times out", function()
      support.virtual()
      alice = support.agent("alice", { auto = { ack_failure = false } })
      local request = alice:invite(support.uri(bob))
      local before = sip.counters().retransmitted
      assert(bob:expect "INVITE"):reject(486)
      assert.equal(486, assert(request:await(2)).status)
      sip.advance(40)
      assert.equal(10, sip.counters().retransmitted - before)
    end)

    it("sends it later, changed, and again with each repeat", function()
      local response, text = refused()
      assert.is_true(response:ack { extra_headers = { "X-Late: 1" } })
      local ack = assert(raw:receive(2))
      assert.matches("^ACK .*\r\nX%-Late: 1\r\n", ack)
      assert.matches("\r\nTo: [^\r]+;tag=rawtag\r\n", ack)
      raw:send(text, alice.address)
      assert.equal(ack, (raw:receive(2)))
      assert.is_true(response:ack { raw = "ACK as I like" })
      assert.equal("ACK as I like", (raw:receive(2)))
    end)

    it("refuses options that it has no use for", function()
      local response = refused()
      for _, key in ipairs { "body", "cseq", "route", "auth" } do
        assert.error_matches(function() response:ack { [key] = 1 } end,
          'unknown option "' .. key .. '"', 1, true)
      end
      assert.is_true(response:ack())
    end)
  end)

  describe("of a switch, for one request", function()
    it("leaves the others as they are", function()
      support.virtual()
      local once = alice:request("OPTIONS", "sip:x@" .. raw.address, {
        auto = { retransmit = false },
      })
      local usual = alice:request("OPTIONS", "sip:x@" .. raw.address)
      assert.equal("timeout:F", assert(once:await(40)).cause)
      assert.equal("timeout:F", assert(usual:await(40)).cause)
      local counts = {}
      for text in function() return (raw:receive(0)) end do
        local id = text:match "Call%-ID: ([^\r]+)"
        counts[id] = (counts[id] or 0) + 1
      end
      assert.equal(1, counts[once.message.call_id])
      assert.equal(11, counts[usual.message.call_id])
    end)
  end)
end)
