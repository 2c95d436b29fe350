-- SPDX-License-Identifier: MIT
-- sip.digest_server: challenges and their check.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local PASSWORDS <const> = { alice = "secret" }

--- An agent that asks every MESSAGE and REGISTER for a password.
local function guard(options, verdicts)
  local digest = sip.digest_server(options)
  local bob = support.agent "bob"
  local function ask(incoming)
    local verdict, user = digest:check(incoming.message, function(name)
      return PASSWORDS[name]
    end)
    verdicts[#verdicts + 1] = verdict .. " " .. tostring(user)
    if verdict == "ok" then
      return incoming:reply(200)
    end
    incoming:reply(options.proxy and 407 or 401, { extra_headers = {
      (options.proxy and "Proxy-Authenticate: " or "WWW-Authenticate: ")
        .. digest:challenge(verdict == "stale"),
    } })
  end
  bob.delegate = { on_message = ask, on_register = ask, on_invite = ask }
  return bob, digest
end

describe("sip.digest_server", function()
  local algorithms = {
    "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess",
  }
  for _, algorithm in ipairs(algorithms) do
    for _, qop in ipairs { "auth", "auth-int", "auth,auth-int" } do
      it(("agrees with our own client: %s, qop %s"):format(algorithm, qop), function()
        local verdicts = {}
        local bob, digest = guard({ realm = "r", algorithm = algorithm, qop = qop }, verdicts)
        local alice = support.agent("alice", { password = "secret" })
        local request = alice:message(support.uri(bob), { body = "the body" })
        assert.equal(200, assert(request:await(2)).status)
        assert.same({ "none nil", "ok alice" }, verdicts)
        assert.matches(('algorithm="?%s"?'):format(algorithm:gsub("%-", "%%-")), digest:challenge())
        assert.equal("DigestServer", sip.type(digest))
      end)
    end
  end

  it("asks as a proxy, too", function()
    local verdicts = {}
    local bob = guard({ realm = "r", proxy = true }, verdicts)
    local alice = support.agent("alice", { password = "secret" })
    local request = alice:message(support.uri(bob))
    assert.equal(200, assert(request:await(2)).status)
    assert.same({ "none nil", "ok alice" }, verdicts)
    assert.is_string(request.message:header "Proxy-Authorization")
  end)

  it("refuses a wrong password and an unknown user", function()
    local verdicts = {}
    local bob = guard({ realm = "r" }, verdicts)
    for name, password in pairs { alice = "guess", mallory = "secret" } do
      local agent = support.agent(name, { password = password })
      local request = agent:message(support.uri(bob))
      assert.equal(401, assert(request:await(2)).status)
      assert.equal(2, request.attempts)
      assert.equal("wrong " .. name, table.remove(verdicts))
      assert.equal("none nil", table.remove(verdicts))
    end
  end)

  it("calls a nonce stale after its lifetime, and the client tries again", function()
    support.virtual()
    local verdicts = {}
    local bob = guard({ realm = "r", lifetime = 10 }, verdicts)
    local alice = support.agent(nil, {
      uri = "sip:alice@" .. bob.address, password = "secret",
    })
    assert.equal(200, assert(alice:register():await(2)).status)
    assert.equal(200, assert(alice:register():await(2)).status)
    assert.same({ "none nil", "ok alice", "ok alice" }, verdicts)
    sip.sleep(11)
    assert.equal(200, assert(alice:register():await(2)).status)
    assert.same({ "stale alice", "ok alice" }, { verdicts[4], verdicts[5] })
  end)

  it("authenticates an INVITE, whose ACK and BYE carry on", function()
    local verdicts = {}
    local digest = sip.digest_server { realm = "r" }
    local bob = support.agent "bob"
    local session
    bob.delegate = { on_invite = function(incoming)
      local verdict = digest:check(incoming.message, function() return "secret" end)
      verdicts[#verdicts + 1] = verdict
      if verdict == "ok" then
        session = incoming:accept { body = sip.sdp() }
      else
        incoming:reject(401, { extra_headers = { "WWW-Authenticate: " .. digest:challenge() } })
      end
    end }
    local alice = support.agent("alice", { password = "secret" })
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local at_alice = assert(request:expect "2xx").session
    assert.same({ "none", "ok" }, verdicts)
    assert.equal(2, request.attempts)
    assert.equal(request.message.cseq, assert(session:expect "ACK").message.cseq)
    assert.equal(200, assert(at_alice:bye():await(2)).status)
  end)

  it("finds broken credentials broken", function()
    local digest = sip.digest_server { realm = "r" }
    local bob, raw = support.agent "bob", support.socket()
    raw:send(support.request_text("MESSAGE", {
      uri = support.uri(bob), from = raw.address,
      headers = { 'Authorization: Digest username="alice", realm="r", nonce' },
    }), bob.address)
    local incoming = assert(bob:expect "MESSAGE")
    local verdict = digest:check(incoming.message, function() return "x" end)
    assert.is_true(verdict == "broken" or verdict == "wrong", verdict)
    assert.error_matches(function() digest:check("text", print) end, "Message expected", 1, true)
    assert.has_error(function() digest:check(incoming.message) end)
    incoming:reply(200)
  end)

  it("reports an error in the password function and refuses", function()
    local errors = support.errors()
    local digest = sip.digest_server { realm = "r" }
    local bob = support.agent "bob"
    local verdict
    bob.delegate = { on_message = function(incoming)
      verdict = digest:check(incoming.message, function() error "no table" end)
      incoming:reply(401, { extra_headers = { "WWW-Authenticate: " .. digest:challenge() } })
    end }
    local alice = support.agent("alice", { password = "secret" })
    assert.equal(401, assert(alice:message(support.uri(bob)):await(2)).status)
    assert.equal("wrong", verdict)
    assert.equal(1, #errors)
    assert.matches("no table", errors[1], 1, true)
  end)
end)
