-- SPDX-License-Identifier: MIT
-- Wrong use: raised at the caller's line, naming what was meant.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("wrong use", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("names the nearest option for an unknown one", function()
    local uri = support.uri(bob)
    local cases = {
      { function() sip.agent { lisen = "x" } end, "lisen", "listen" },
      { function() sip.agent { passwort = "x" } end, "passwort", "password" },
      { function() alice:invite(uri, { exta_headers = {} }) end, "exta_headers", "extra_headers" },
      { function() alice:message(uri, { bodi = "x" }) end, "bodi", "body" },
      { function() alice:register { expire = 5 } end, "expire", "expires" },
      { function() alice:invite(uri, { auto = { acc = true } }) end, "acc", "ack" },
      { function() alice:invite(uri, { timers = { tt1 = 1 } }) end, "tt1", "t1" },
      { function() alice:invite(uri, { headers = { remov = {} } }) end, "remov", "remove" },
      { function() alice:invite(uri, { body = { typ = "x" } }) end, "typ", "type" },
      { function() alice:faults { dropp = 1 } end, "dropp", "drop" },
      { function() sip.digest_server { realms = "x" } end, "realms", "realm" },
      { function() sip.load { scenari = print } end, "scenari", "scenario" },
      { function() sip.sdp { adress = "::1" } end, "adress", "address" },
    }
    for _, case in ipairs(cases) do
      local ok, err = pcall(case[1])
      assert.is_false(ok)
      local wanted = ('unknown option "%s"'):format(case[2])
      assert.is_truthy(tostring(err):find(wanted, 1, true), tostring(err))
      assert.is_truthy(tostring(err):find(('did you mean "%s"'):format(case[3]), 1, true),
        tostring(err))
    end
  end)

  it("is raised at the caller's line", function()
    local line
    local ok, err = pcall(function()
      line = debug.getinfo(1, "l").currentline + 1
      alice:invite(support.uri(bob), { exta_headers = {} })
    end)
    assert.is_false(ok)
    assert.matches(("spec/errors_spec.lua:%d: "):format(line), err, 1, true)
  end)

  it("offers nothing where nothing is near", function()
    local _, err = pcall(function() alice:invite(support.uri(bob), { zzzzzzzz = 1 }) end)
    assert.matches('unknown option "zzzzzzzz"', err, 1, true)
    assert.is_nil(err:find("did you mean", 1, true))
  end)

  it("refuses options without names", function()
    assert.error_matches(function() alice:invite(support.uri(bob), { "x" }) end,
      "options have names", 1, true)
  end)

  it("names the option of a wrong type, and both types", function()
    local uri = support.uri(bob)
    for text, f in pairs {
      ['option "extra_headers" must be a list of strings, got string'] = function()
        alice:invite(uri, { extra_headers = "X: 1" })
      end,
      ['option "extra_headers" must hold strings, got number'] = function()
        alice:invite(uri, { extra_headers = { 5 } })
      end,
      ['option "body" must be a string or a table, got number'] = function()
        alice:invite(uri, { body = 5 })
      end,
      ['option "from" must be a string, got number'] = function()
        alice:invite(uri, { from = 5 })
      end,
      ['option "cseq" must be a number, got string'] = function()
        alice:invite(uri, { cseq = "5" })
      end,
      ['option "expires" must be between 0 and 4294967295, got -1'] = function()
        alice:register { expires = -1 }
      end,
      ['option "ack" must be a boolean, got number'] = function()
        alice:invite(uri, { auto = { ack = 1 } })
      end,
      ['option "t1" must be a number, got string'] = function()
        alice:invite(uri, { timers = { t1 = "1" } })
      end,
      ['option "timers": a timer of 0 seconds'] = function()
        alice:invite(uri, { timers = { t1 = 0 } })
      end,
      ['option "hold" must not be negative'] = function() sip.agent { hold = -1 } end,
      ['option "delegate" must be a table, got number'] = function()
        sip.agent { delegate = 5 }
      end,
      ['option "where" must be a function, got number'] = function()
        alice:faults { where = 5 }
      end,
      ['option "uri" must be a string, got number'] = function() sip.agent { uri = 5 } end,
    } do
      local ok, err = pcall(f)
      assert.is_false(ok, text)
      assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    end
  end)

  it("refuses arguments that are of no use", function()
    for _, f in ipairs {
      function() alice:request() end,
      function() alice:request("OPTIONS") end,
      function() alice:invite("sip:bob@127.0.0.1", "options") end,
      function() alice.invite("sip:bob@127.0.0.1") end,
      function() sip.agent "alice" end,
      function() sip.agent { delegate = 5 } end,
      function() sip.digest_server {} end,
      function() sip.digest_server { realm = "x", algorithm = "ROT13" } end,
      function() sip.socket "127.0.0.1" end,
      function() sip.spawn(5) end,
      function() sip.sleep "long" end,
      function() sip.sleep(-1) end,
      function() sip.clock "sundial" end,
      function() sip.type() end,
    } do
      assert.has_error(f)
    end
  end)

  it("refuses to set what is no field, and to change what is fixed", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    assert.error_matches(function() request.delgate = {} end,
      'OutgoingMessageRequest has no field "delgate" to set (did you mean "delegate"?)', 1, true)
    assert.error_matches(function() request.method = "X" end,
      "OutgoingMessageRequest.method is read-only", 1, true)
    assert.error_matches(function() request.delegate = 5 end, "table expected", 1, true)
    assert.error_matches(function() alice.uri = "x" end, "UserAgent.uri is read-only", 1, true)
    assert.is_nil(request.no_such_field)
  end)

  it("refuses the wrong object", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    assert.error_matches(function() request.await(alice) end,
      "OutgoingRequest expected, got UserAgent", 1, true)
    assert.error_matches(function() alice.invite(request, support.uri(bob)) end,
      "UserAgent expected, got OutgoingMessageRequest", 1, true)
    assert.error_matches(function() request.await "x" end,
      "OutgoingRequest expected, got string", 1, true)
  end)

  it("has errors with code, message and text", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    local _, err = request:await(0)
    assert.equal("timeout", err.code)
    assert.equal("no final response within 0 s", err.message)
    assert.equal(request.message.call_id, err.call_id)
    assert.matches("^no final response within 0 s\n.*|%-+ MESSAGE sip:bob@", tostring(err))
    assert.equal("Error", getmetatable(err).__name)
  end)
end)
