-- SPDX-License-Identifier: MIT
-- What an options table asked for in vain was ignored without a word: options of
-- another method, credentials that are none, a registrar that is no text.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an option that would be ignored raises", function()
  local alice, bob, uri

  before_each(function()
    alice, bob = support.pair()
    uri = support.uri(bob)
  end)

  local function raises(text, f)
    local ok, err = pcall(f)
    assert.is_false(ok)
    assert.matches("220_options_of_another_method_spec.lua:%d+: ", err)
    assert.matches(text, err, 1, true)
  end

  it("where the method has no use for it", function()
    raises('option "session_expires" is for INVITE, UPDATE: MESSAGE has no use for it',
      function() alice:message(uri, { session_expires = 90 }) end)
    raises('option "rack" is for PRACK: INVITE has no use for it',
      function() alice:invite(uri, { rack = "1 1 INVITE" }) end)
    raises('option "etag" is for PUBLISH: OPTIONS has no use for it',
      function() alice:options(uri, { etag = "x" }) end)
    raises('option "registrar" is for REGISTER: PUBLISH has no use for it',
      function() alice:publish(uri, { registrar = uri }) end)
    raises('option "state" is for NOTIFY: FOO has no use for it',
      function() alice:request("FOO", uri, { state = "active" }) end)
    raises('option "force" is for INVITE: REFER has no use for it',
      function() alice:refer(uri, uri, { force = true }) end)
  end)

  it("inside a dialog as well", function()
    local at_alice, at_bob = support.call(alice, bob)
    raises('option "event" is for SUBSCRIBE, NOTIFY, PUBLISH: BYE has no use for it',
      function() at_alice:bye { event = "presence" } end)
    raises('option "expires" is for',
      function() at_alice:info { expires = 5 } end)
    assert.equal("confirmed", at_bob.state)
  end)

  it("but a header line is for any method that only the script knows", function()
    alice:request("FOO", uri, { event = "presence", expires = 5 })
    local incoming = assert(bob:expect "FOO")
    assert.equal("presence", incoming.message:header "Event")
    assert.equal("5", incoming.message:header "Expires")
    incoming:accept()
  end)

  it("of an answer, too", function()
    local request = alice:message(uri)
    local incoming = assert(bob:expect "MESSAGE")
    raises('option "session_expires" is for INVITE, UPDATE: MESSAGE has no use for it',
      function() incoming:accept { session_expires = 90 } end)
    incoming:accept()
    assert.equal(200, assert(request:await(2)).status)
  end)

  it("where credentials are not two", function()
    for _, auth in ipairs { { "alice" }, { "alice", "pw", "more" } } do
      raises('option "auth" is { user, password }, or these by name',
        function() alice:message(uri, { auth = auth }) end)
    end
    raises('option "auth" must be a table, got string',
      function() alice:message(uri, { auth = "alice" }) end)
  end)

  it("where a header to replace has no name", function()
    raises('option "headers.replace": a name is a string, got boolean',
      function() alice:message(uri, { headers = { replace = { [true] = "x" } } }) end)
  end)

  it("where a REGISTER is told rubbish", function()
    raises('option "registrar" must be a string, got number',
      function() alice:register { registrar = 5 } end)
    raises("bad argument #1 to 'register' (table expected, got string)",
      function() alice:register(uri) end)
    raises("bad argument #2 to 'register' (table expected, got string)",
      function() alice:register({}, "x") end)
  end)

  it("and names the option that is of the wrong type", function()
    raises('option "edit" must be a function, got number',
      function() alice:message(uri, { edit = 5 }) end)
    raises('option "auto" must be a table, got boolean',
      function() alice:message(uri, { auto = true }) end)
    raises('option "timers" must be a table, got number',
      function() sip.agent { timers = 5 } end)
  end)
end)
