-- SPDX-License-Identifier: MIT
-- incoming:challenge and incoming:verify: digest on the receiving side.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local USERS <const> = { alice = "secret" }

describe("incoming:challenge and incoming:verify", function()
  local alice, bob
  local verdicts

  before_each(function()
    verdicts = {}
    alice = support.agent("alice", { password = "secret" })
    bob = support.agent "bob"
  end)

  --- Bob's answer to anything: a challenge until the password is right.
  local function guard(server, password, accept)
    return function(incoming)
      local verdict, user = incoming:verify(server, password or USERS)
      verdicts[#verdicts + 1] = verdict .. " " .. tostring(user)
      if verdict ~= "ok" then
        assert(incoming:challenge(server))
      elseif accept then
        accept(incoming)
      else
        incoming:reply(200)
      end
    end
  end

  for _, method in ipairs { "MESSAGE", "REGISTER", "SUBSCRIBE", "OPTIONS", "FOO" } do
    it("guard a " .. method, function()
      bob.delegate = { on_request = guard(sip.digest_server { realm = "r" }) }
      local request = alice:request(method, support.uri(bob))
      assert.equal(200, assert(request:await(2)).status)
      assert.equal(2, request.attempts)
      assert.same({ "none nil", "ok alice" }, verdicts)
    end)
  end

  it("guard an INVITE, and what comes in its dialog", function()
    local server = sip.digest_server { realm = "r" }
    local session
    bob.delegate = { on_invite = guard(server, nil, function(incoming)
      session = incoming:accept { body = sip.sdp() }
      session.delegate = { on_info = guard(server), on_bye = guard(server) }
    end) }
    local at_alice = assert(alice:invite(support.uri(bob), { body = sip.sdp() })
      :expect "2xx").session
    assert(session:expect "ACK")
    local info = at_alice:info { auto = { preempt = false } }
    assert.equal(200, assert(info:await(2)).status)
    assert.equal(2, info.attempts)
    local bye = at_alice:bye { auto = { preempt = false } }
    assert.equal(200, assert(bye:await(2)).status)
    assert.equal(2, bye.attempts)
    assert.equal("bye received", session.cause)
    assert.equal(6, #verdicts)
  end)

  it("ask as a proxy does", function()
    bob.delegate = { on_message = guard(sip.digest_server { realm = "r", proxy = true }) }
    local statuses = {}
    local request = alice:message(support.uri(bob), nil, {
      on_reject = function(response) statuses[#statuses + 1] = response.status end,
    })
    assert.equal(200, assert(request:await(2)).status)
    assert.is_string(request.message:header "Proxy-Authorization")
    assert.is_nil(request.message:header "Authorization")
    local plain = support.agent("plain"):message(support.uri(bob))
    local response = assert(plain:await(2))
    assert.equal(407, response.status)
    assert.matches('^Digest realm="r"', response.message:header "Proxy-Authenticate")
  end)

  it("offer several algorithms in their order, one line each", function()
    local server = sip.digest_server { realm = "r", algorithms = { "SHA-256", "MD5" } }
    bob.delegate = { on_message = guard(server) }
    local response = assert(support.agent("plain"):message(support.uri(bob)):await(2))
    local lines = response.message:headers "WWW-Authenticate"
    assert.equal(2, #lines)
    assert.matches("algorithm=SHA%-256", lines[1])
    assert.matches("algorithm=MD5", lines[2])
    assert.not_equal(lines[1]:match 'nonce="(.-)"', lines[2]:match 'nonce="(.-)"')
    local request = alice:message(support.uri(bob))
    assert.equal(200, assert(request:await(2)).status)
    assert.matches("SHA%-256", request.message:header "Authorization")
    assert.equal(2, select("#", server:challenge()))
  end)

  it("ask for several realms at once", function()
    local home = sip.digest_server { realm = "home" }
    local away = sip.digest_server { realm = "away", algorithms = { "SHA-256", "MD5" } }
    bob.delegate = { on_message = function(incoming)
      local first = incoming:verify(home, USERS)
      local second = incoming:verify(away, USERS)
      if first == "ok" and second == "ok" then
        return incoming:reply(200)
      end
      incoming:challenge({ home, away }, { extra_headers = { "X-Mine: 1" }, reason = "Who" })
    end }
    local response = assert(support.agent("plain"):message(support.uri(bob)):await(2))
    assert.equal(3, #response.message:headers "WWW-Authenticate")
    assert.equal("1", response.message:header "X-Mine")
    assert.equal("Who", response.reason)
  end)

  it("tell of an old nonce by themselves, and only of that server", function()
    support.virtual()
    local server = sip.digest_server { realm = "r", lifetime = 10 }
    local other = sip.digest_server { realm = "other" }
    local said = {}
    alice = support.agent(nil, { uri = "sip:alice@" .. bob.address, password = "secret" })
    bob.delegate = { on_register = function(incoming)
      local verdict = incoming:verify(server, "secret")
      if verdict == "ok" then
        return incoming:reply(200)
      end
      verdicts[#verdicts + 1] = verdict
      incoming:challenge({ other, server }, { edit = function(text)
        for realm, rest in text:gmatch 'WWW%-Authenticate: Digest realm="(%w+)"([^\r]*)' do
          said[#said + 1] = realm .. (rest:find("stale=true", 1, true) and " stale" or "")
        end
        return text
      end })
    end }
    assert(alice:register():expect "2xx")
    sip.sleep(11)
    assert(alice:register():expect "2xx")
    assert.same({ "none", "stale" }, verdicts)
    assert.same({ "other", "r", "other", "r stale" }, said)
  end)

  it("take the password as a text, a table or a function", function()
    local server = sip.digest_server { realm = "r" }
    local asked = {}
    local function ask(user)
      asked[#asked + 1] = user
      return USERS[user]
    end
    for _, password in ipairs { "secret", USERS, ask } do
      bob.delegate = { on_message = guard(server, password) }
      assert.equal(200, assert(alice:message(support.uri(bob)):await(2)).status)
    end
    assert.same({ "alice" }, asked)
    for _, password in ipairs { "no", {}, { alice = 5 }, function() end } do
      bob.delegate = { on_message = guard(server, password) }
      assert.equal(401, assert(alice:message(support.uri(bob)):await(2)).status)
      assert.equal("wrong alice", verdicts[#verdicts])
    end
  end)

  it("refuse an ACK and a CANCEL, which cannot be sent again", function()
    local server = sip.digest_server { realm = "r" }
    alice:invite(support.uri(bob), { body = sip.sdp() })
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    local ack = assert(session:expect "ACK")
    assert.error_matches(function() ack:challenge(server) end,
      "an ACK cannot be challenged (RFC 3261 22.1)", 1, true)
    assert.error_matches(function() ack:verify(server, "x") end,
      "an ACK cannot be verified", 1, true)
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    request:cancel()
    local cancel = assert(incoming:expect "CANCEL")
    assert.error_matches(function() cancel:challenge(server) end,
      "a CANCEL cannot be challenged", 1, true)
    assert(session:bye():await(2))
  end)

  it("refuse wrong arguments at the caller's line", function()
    alice:message(support.uri(bob))
    local incoming = assert(bob:expect "MESSAGE")
    local server = sip.digest_server { realm = "r" }
    for _, wrong in ipairs { "r", { "r" }, {}, 5 } do
      assert.error_matches(function() incoming:challenge(wrong) end, "bad argument #1")
    end
    assert.has_error(function() incoming:challenge() end)
    assert.has_error(function() incoming:challenge(server, { status = 5 }) end)
    assert.has_error(function() incoming:verify(server) end)
    assert.has_error(function() incoming:verify("r", "x") end)
    assert.is_nil(incoming.status)
    incoming:reply(200)
    local none, err = incoming:challenge(server)
    assert.is_nil(none)
    assert.equal("state", err.code)
  end)
end)

describe("sip.digest_server", function()
  it("takes one algorithm or a list", function()
    assert.error_matches(function()
      sip.digest_server { realm = "r", algorithm = "MD5", algorithms = { "MD5" } }
    end, "either", 1, true)
    assert.error_matches(function()
      sip.digest_server { realm = "r", algorithms = { "MD5", "ROT13" } }
    end, "ROT13 is not known", 1, true)
    assert.equal(1, select("#", sip.digest_server({ realm = "r", algorithms = {} }):challenge()))
  end)
end)
