-- SPDX-License-Identifier: MIT
-- sip.registrar and sip.publications: an Expires beyond 32 bits failed in the
-- answer, who never came back was kept for ever, Contacts of other schemes were
-- refused, headers of a URI had an order, a PUBLISH could require anything, and
-- wrong use was told of in the wrong place or never.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local uri = require "sipwright.uri"

describe("a server in Lua", function()
  local server, alice, registrar

  before_each(function()
    support.virtual()
    server, alice = support.agent "server", support.agent "alice"
    registrar = sip.registrar()
    server.delegate = { on_register = function(incoming) registrar:handle(incoming) end }
  end)

  local function register(options)
    options.registrar = "sip:" .. server.address
    return assert(alice:register(options):await(2))
  end

  local function publish(options)
    options.event = "presence"
    return assert(alice:publish(support.uri(server), options):await(2))
  end

  local function serve_publications(options)
    local publications = sip.publications(options)
    server.delegate = { on_publish = function(incoming) publications:handle(incoming) end }
    return publications
  end

  it("takes an Expires beyond 32 bits for the most that there is", function()
    local errors = support.errors()
    local lines = { "Expires: 9223372036854775807" }
    assert.equal(200, register { extra_headers = lines }.status)
    assert.equal(2 ^ 32 - 1, registrar:bindings("alice")[1].expires)
    serve_publications()
    local response = publish { body = { "x", "text/plain" }, extra_headers = lines }
    assert.equal("4294967295", response.message:header "Expires")
    assert.same({}, errors)
  end)

  it("grants at least its minimum to who asks for no time", function()
    serve_publications { min_expires = 7200 }
    local response = publish { body = { "x", "text/plain" } }
    assert.equal(200, response.status)
    assert.equal("7200", response.message:header "Expires")
  end)

  it("forgets who does not come back", function()
    local function register_some(from)
      for i = from, from + 499 do
        register { to = ("<sip:u%d@127.0.0.1>"):format(i), expires = 1 }
        sip.advance(2)
      end
      sip.advance(100)
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = register_some(1)
    assert.is_true(register_some(501) - before < 40, "it keeps what has expired")
    assert.equal("Registrar (sipwright, 0 registered)", tostring(registrar))
  end)

  it("takes a Contact of any scheme, but no broken SIP URI", function()
    assert.equal(200, register { contact = "<tel:+123>" }.status)
    assert.same({ "tel:+123" }, registrar:lookup "alice")
    assert.equal(400, register { contact = "<sip:x@:5060>" }.status)
    assert.equal(400, register { contact = "<nothing>" }.status)
    assert.same({ "tel:+123" }, registrar:lookup "alice")
  end)

  it("tells of a change behind its answer", function()
    local told
    registrar.on_change = function() told = true; error "not so" end
    local errors = support.errors()
    assert.equal(200, register({}).status)
    assert.is_true(told)
    assert.equal(1, #errors)
  end)

  it("answers 420 to a PUBLISH that requires what it does not know", function()
    local publications = serve_publications()
    local response = publish {
      body = { "x", "text/plain" }, extra_headers = { "Require: foo, bar" },
    }
    assert.equal(420, response.status)
    assert.equal("foo, bar", response.message:header "Unsupported")
    assert.same({}, publications:get(support.uri(server), "presence"))
  end)

  it("compares URIs whatever the order of their headers (19.1.4)", function()
    assert.is_true(uri.same("sip:a.com?subject=project%20x&priority=urgent",
      "sip:a.com?Priority=urgent&subject=project%20x"))
    assert.is_false(uri.same("sip:a.com?subject=x", "sip:a.com?subject=y"))
    assert.is_false(uri.same("sip:a.com?subject=x", "sip:a.com"))
    assert.is_true(uri.same("sip:a:%70w@b.com", "sip:a:pw@b.com"))
    assert.is_false(uri.same("sip:a:pw@b.com", "sip:a@b.com"))
  end)

  local function raises(text, f, ...)
    local given = table.pack(...)
    local ok, err = pcall(function() f(table.unpack(given, 1, given.n)) end)
    assert.is_false(ok)
    assert.matches("222_servers_in_lua_spec.lua:%d+: ", err)
    assert.matches(text, err, 1, true)
  end

  it("raises for options that make no sense, where they are given", function()
    for _, make in ipairs { sip.registrar, sip.publications } do
      raises('"min_expires" must be seconds that a header can tell, got -1', make,
        { min_expires = -1 })
      raises('"default_expires" must be seconds that a header can tell, got inf', make,
        { default_expires = math.huge })
      raises('"max_expires" must be seconds from 0 on', make, { max_expires = 0 / 0 })
    end
    raises('"users" must be like { alice = "secret" }', sip.registrar, { users = { alice = 5 } })
    raises('"contacts_max" must be a number from 0 on, got -1', sip.registrar,
      { contacts_max = -1 })
    raises('"service_route" must be a string or a list of them', sip.registrar,
      { service_route = { 5 } })
    raises('"events" must be a list of strings', sip.publications, { events = { 5 } })
  end)

  it("raises for arguments that make no sense, where they are given", function()
    local publications = sip.publications()
    for _, name in ipairs { "lookup", "bindings", "remove", "knows" } do
      raises(name .. ": the user must be a string, got nil", registrar[name], registrar)
    end
    raises("remove: the URI must be a string or nil, got number", registrar.remove,
      registrar, "a", 5)
    raises('"nil" is not a SIP URI', publications.get, publications)
    raises("get: the event must be a string, got nil", publications.get, publications, "sip:a@b")
    raises("wants an incoming REGISTER, got nil", registrar.handle, registrar)
    raises("wants an incoming PUBLISH, got table", publications.handle, publications, {})
  end)

  it("has a name that says which it is", function()
    assert.equal("DigestServer (r, SHA-256 MD5)",
      tostring(sip.digest_server { realm = "r", algorithms = { "SHA-256", "MD5" } }))
  end)
end)
