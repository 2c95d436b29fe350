-- SPDX-License-Identifier: MIT
-- Wrong arguments that passed, or were told of in words of the inside: a line
-- of sipwright's own files, an option nobody wrote, an argument too far.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a wrong argument", function()
  after_each(support.close_all)

  local function raises(words, f, ...)
    local ok, err = pcall(f, ...)
    assert.is_false(ok)
    assert.matches(words, err, 1, true)
  end

  it("of a registrar or of publications is named", function()
    local registrar, publications = sip.registrar {}, sip.publications()
    raises('registrar: option "users" must be like { alice = "secret" }', sip.registrar,
      { users = { "alice" } })
    raises('"users" must be like', registrar.configure, registrar, { users = { alice = 1 } })
    raises("registrar:handle: wants an incoming REGISTER, got number", registrar.handle,
      registrar, 5)
    raises("publications:handle: wants an incoming PUBLISH, got nil", publications.handle,
      publications)
    raises('"5" is not a SIP URI', publications.get, publications, 5, "presence")
    raises("publications:get: the event must be a string, got nil", publications.get,
      publications, "sip:alice@127.0.0.1")
  end)

  it("of a request is named as it was written", function()
    local alice = support.agent "alice"
    raises("bad argument #1 to 'register' (table expected, got string)", function()
      alice:register "sip:127.0.0.1"
    end)
    raises('option "body" must hold strings, got number', alice.message, alice,
      "sip:127.0.0.1", { body = { 1, "text/plain" } })
    raises('unknown option "on_accept" (it belongs in a delegate)', alice.invite, alice,
      "sip:127.0.0.1", { on_accept = function() end })
  end)
end)
