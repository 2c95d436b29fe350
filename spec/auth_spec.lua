-- SPDX-License-Identifier: MIT
-- Answering challenges, against raw sockets: what goes out, how often, by whose
-- hand, and with which CSeq.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function www(nonce, more)
  return ('WWW-Authenticate: Digest realm="home", nonce="%s", qop="auth"%s'):format(
    nonce, more or "")
end

local function proxy(nonce)
  return ('Proxy-Authenticate: Digest realm="way", nonce="%s", qop="auth"'):format(nonce)
end

local function header(text, name)
  return text:match("\r\n" .. name:gsub("-", "%%-") .. ": ([^\r]+)")
end

local function cseq(text)
  return math.tointeger(header(text, "CSeq"):match "^%d+")
end

local function field(value, name)
  return value:match(name .. '="([^"]*)"') or value:match(name .. "=([^,]+)")
end

describe("a challenge", function()
  local alice, peer

  before_each(function()
    alice = support.agent("alice", { password = "secret" })
    peer = support.socket()
  end)

  local function send(text, status, headers)
    peer:send(support.response_text(text, status, headers), alice.address)
  end

  local function ok(text)
    send(text, "200 OK", { ("Contact: <sip:x@%s>"):format(peer.address) })
  end

  local function silent()
    assert.is_nil((peer:receive(0.05)))
  end

  it("that comes twice harms nobody: not the retry, not its outcome", function()
    for _, method in ipairs { "INVITE", "MESSAGE" } do
      local request = alice:request(method, "sip:x@" .. peer.address)
      local first = assert(peer:receive(2))
      send(first, "401 Unauthorized", { www "n" })
      local acked = method == "INVITE" and assert(peer:receive(2))
      local second = assert(peer:receive(2))
      assert.equal(cseq(first) + 1, cseq(second))
      for _ = 1, 2 do
        send(first, "401 Unauthorized", { www "n" })
        if acked then
          assert.equal(acked, (peer:receive(2)))
        end
      end
      silent()
      assert.equal("trying", request.state)
      send(second, "486 Busy Here")
      assert.equal(486, assert(request:await(2)).status)
      assert.equal(2, request.attempts)
      if acked then
        assert.matches("^ACK ", assert(peer:receive(2)))
      end
    end
  end)

  it("of a proxy, then of the server behind it: both are answered", function()
    local request = alice:message("sip:x@" .. peer.address, { body = "x" })
    local first = assert(peer:receive(2))
    send(first, "407 Proxy Authentication Required", { proxy "p" })
    local second = assert(peer:receive(2))
    assert.equal("way", field(header(second, "Proxy-Authorization"), "realm"))
    assert.is_nil(header(second, "Authorization"))
    send(second, "401 Unauthorized", { www "s" })
    local third = assert(peer:receive(2))
    assert.equal("way", field(header(third, "Proxy-Authorization"), "realm"))
    assert.equal("home", field(header(third, "Authorization"), "realm"))
    assert.equal("00000002", field(header(third, "Proxy-Authorization"), "nc"))
    assert.equal("00000001", field(header(third, "Authorization"), "nc"))
    assert.equal(cseq(first) + 2, cseq(third))
    ok(third)
    assert.equal(200, assert(request:await(2)).status)
    assert.equal(3, request.attempts)
  end)

  it("that calls the nonce stale is answered once more, nc beginning anew", function()
    local request = alice:message("sip:x@" .. peer.address)
    send(assert(peer:receive(2)), "401 Unauthorized", { www "one" })
    local second = assert(peer:receive(2))
    assert.equal("00000001", field(header(second, "Authorization"), "nc"))
    send(second, "401 Unauthorized", { www("two", ", stale=true") })
    local third = assert(peer:receive(2))
    assert.equal("two", field(header(third, "Authorization"), "nonce"))
    assert.equal("00000001", field(header(third, "Authorization"), "nc"))
    send(third, "401 Unauthorized", { www("three", ", stale=true") })
    assert.equal(401, assert(request:await(2)).status)
    silent()
  end)

  it("that is repeated after an answer is the outcome: the password is wrong", function()
    local request = alice:message("sip:x@" .. peer.address)
    send(assert(peer:receive(2)), "401 Unauthorized", { www "one" })
    send(assert(peer:receive(2)), "401 Unauthorized", { www "two" })
    assert.equal(401, assert(request:await(2)).status)
    assert.equal(2, request.attempts)
    silent()
  end)

  it("leaves its answer to the ACK of the 2xx", function()
    local request = alice:invite("sip:x@" .. peer.address, { body = sip.sdp() })
    send(assert(peer:receive(2)), "407 Proxy Authentication Required", { proxy "p" })
    assert.matches("^ACK ", assert(peer:receive(2)))
    local invite = assert(peer:receive(2))
    ok(invite)
    local ack = assert(peer:receive(2))
    assert.matches("^ACK ", ack)
    assert.equal(header(invite, "Proxy-Authorization"), header(ack, "Proxy-Authorization"))
    assert.equal(cseq(invite), cseq(ack))
    request:await(2).session:dispose()
  end)

  describe("in a dialog", function()
    local session

    before_each(function()
      local request = alice:invite("sip:x@" .. peer.address, { body = sip.sdp() })
      ok(assert(peer:receive(2)))
      session = assert(request:await(2)).session
      assert.matches("^ACK ", assert(peer:receive(2)))
    end)

    after_each(function()
      session:dispose()
      session = nil
    end)

    for method in ("INFO MESSAGE NOTIFY OPTIONS REFER UPDATE INVITE FOO BYE"):gmatch "%u+" do
      it("takes its CSeq from the dialog: " .. method, function()
        local request = session:request(method, { auto = { preempt = false } })
        local first = assert(peer:receive(2))
        assert.matches("^" .. method .. " ", first)
        send(first, "401 Unauthorized", { www "n" })
        if method == "INVITE" then
          assert.matches("^ACK ", assert(peer:receive(2)))
        end
        local second = assert(peer:receive(2))
        assert.equal(cseq(first) + 1, cseq(second))
        assert.is_truthy(header(second, "Authorization"))
        ok(second)
        assert.equal(200, assert(request:await(2)).status)
        if method == "BYE" then
          return
        elseif method == "INVITE" then
          local ack = assert(peer:receive(2))
          assert.equal(cseq(second), cseq(ack))
        end
        local after = session:info()
        assert.equal(cseq(second) + 1, cseq(assert(peer:receive(2))))
        after:dispose()
      end)
    end
  end)

  describe("answered by hand", function()
    local function hooked(hook, retries)
      return alice:message("sip:x@" .. peer.address, {
        auth = { hook = hook, retries = retries }, body = "x",
      })
    end

    it("gets the line that the hook returns", function()
      local seen
      local request = hooked(function(challenge, sent)
        seen = { challenge.status, challenge:header "WWW-Authenticate", sent.method, sent.cseq }
        return "Authorization: Mine 1"
      end)
      local first = assert(peer:receive(2))
      send(first, "401 Unauthorized", { "WWW-Authenticate: Mine x" })
      local second = assert(peer:receive(2))
      assert.equal("Mine 1", header(second, "Authorization"))
      assert.same({ 401, "Mine x", "MESSAGE", 1 }, seen)
      assert.equal(cseq(first) + 1, cseq(second))
      ok(second)
      assert.equal(200, assert(request:await(2)).status)
    end)

    it("gets all of its lines, which take the place of those before", function()
      local request = hooked(function(challenge)
        return { "Authorization: A" .. challenge.cseq, "Proxy-Authorization: B", "X-More: C" }
      end)
      send(assert(peer:receive(2)), "401 Unauthorized", { www "n" })
      send(assert(peer:receive(2)), "407 Proxy Authentication Required", { proxy "n" })
      local third = assert(peer:receive(2))
      assert.equal("A2", header(third, "Authorization"))
      assert.equal("B", header(third, "Proxy-Authorization"))
      assert.equal("C", header(third, "X-More"))
      local _, count = third:gsub("\r\nX%-More:", "")
      assert.equal(1, count)
      ok(third)
      assert.equal(200, assert(request:await(2)).status)
    end)

    it("is not answered when the hook returns nil, or fails, or returns a number", function()
      local errors = support.errors()
      for i, hook in ipairs {
        function() end, function() error "no idea" end, function() return 1 end,
        function() return {} end, function() alice:close() end,
      } do
        local request = hooked(hook)
        send(assert(peer:receive(2)), "401 Unauthorized", { www "n" })
        assert.equal(401, assert(request:await(2)).status, i)
        silent()
      end
      assert.equal(4, #errors)
      assert.matches("auth_spec.lua:%d+: no idea", errors[1])
      assert.matches("must return a header line", errors[2])
      assert.matches("not possible inside", errors[4])
    end)

    it("is answered as often as `retries` says", function()
      for _, retries in ipairs { 1, 3 } do
        local request = hooked(function() return "Authorization: wrong" end, retries)
        for _ = 0, retries do
          send(assert(peer:receive(2)), "401 Unauthorized", { www "n" })
        end
        assert.equal(401, assert(request:await(2)).status)
        assert.equal(retries + 1, request.attempts)
        silent()
      end
    end)

    it("is for every request of an agent that has the hook", function()
      alice = support.agent("alice", {
        auth = { hook = function(challenge) return "Authorization: " .. challenge.cseq end },
      })
      local bob = support.agent("bob", { hold = 0 })
      local a, b = support.call(alice, bob)
      b.delegate = { on_bye = function(incoming)
        if incoming.message:header "Authorization" then
          incoming:reply(200)
        else
          incoming:reject(401, { extra_headers = { www "n" } })
        end
      end }
      local bye = a:bye()
      assert.equal(200, assert(bye:await(2)).status)
      assert.equal(2, bye.attempts)
    end)

    it("refuses retries without sense, and what is no function", function()
      for _, auth in ipairs { { retries = 0 }, { retries = 11 }, { hook = 1 }, { secret = "x" } } do
        assert.has_error(function()
          alice:message("sip:x@" .. peer.address, { auth = auth })
        end)
        assert.has_error(function() sip.agent { auth = auth } end)
      end
      assert.has_error(function() sip.agent { auth = { user = "x" } } end)
    end)
  end)
end)
