-- SPDX-License-Identifier: MIT
-- sip.registrar: RFC 3261 10.3 on the side of the server.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("sip.registrar", function()
  local server, raw, registrar

  before_each(function()
    support.virtual()
    -- what is late shall reach it, though its Call-ID and CSeq have come before
    server, raw = support.agent("registrar", { auto = { merged = false } }), support.socket()
  end)

  local function serve(options)
    registrar = sip.registrar(options)
    server.delegate = { on_register = function(incoming) registrar:handle(incoming) end }
    return registrar
  end

  --- What a REGISTER of alice's, written by hand, is answered with.
  local function register(headers, changes)
    local t = {
      uri = "sip:" .. server.address, from = raw.address,
      to = "<sip:alice@" .. server.address .. ">",
      headers = headers, call_id = "reg", cseq = 1,
    }
    for key, value in pairs(changes or {}) do
      t[key] = value
    end
    local text = support.request_text("REGISTER", t):gsub("\r\nContact: <sip:raw@[^\r]*", "", 1)
    raw:send(text, server.address)
    local answer = assert(raw:receive(2))
    local lines = {}
    for name, value in answer:gmatch "\r\n([%w-]+): ([^\r]*)" do
      lines[name] = lines[name] or {}
      table.insert(lines[name], value)
    end
    return tonumber(answer:match "^SIP/2.0 (%d+)"), lines
  end

  local function bind(contact, changes)
    return register({ "Contact: " .. contact }, changes)
  end

  it("binds, answers with all bindings, and forgets them in time", function()
    serve()
    local status, lines = bind "<sip:alice@127.0.0.1:1>;expires=60"
    assert.equal(200, status)
    assert.same({ "<sip:alice@127.0.0.1:1>;expires=60" }, lines.Contact)
    sip.sleep(20)
    status, lines = register({ "Contact: <sip:alice@127.0.0.1:2>", "Expires: 30" }, { cseq = 2 })
    assert.equal(200, status)
    assert.same({
      "<sip:alice@127.0.0.1:2>;expires=30", "<sip:alice@127.0.0.1:1>;expires=40",
    }, lines.Contact)
    assert.same({ "sip:alice@127.0.0.1:2", "sip:alice@127.0.0.1:1" }, registrar:lookup "alice")
    sip.sleep(31)
    assert.same({ "sip:alice@127.0.0.1:1" }, registrar:lookup "alice")
    sip.sleep(10)
    assert.same({}, registrar:lookup "alice")
    assert.equal("Registrar (sipwright, 0 registered)", tostring(registrar))
  end)

  it("tells the bindings where no Contact is given", function()
    serve()
    bind "<sip:alice@127.0.0.1:1>"
    local status, lines = register({}, { cseq = 2 })
    assert.equal(200, status)
    assert.same({ "<sip:alice@127.0.0.1:1>;expires=3600" }, lines.Contact)
    assert.is_nil(select(2, register({}, { to = "<sip:bob@127.0.0.1>" })).Contact)
  end)

  it("reads several contacts, of one line and of several", function()
    serve()
    local status = register {
      'Contact: "A, <x>" <sip:a@127.0.0.1:1>;q=0.2, <sip:b@127.0.0.1:2>;q=0.9',
      "m: sip:c@127.0.0.1:3;expires=10",
    }
    assert.equal(200, status)
    assert.same({ "sip:c@127.0.0.1:3", "sip:b@127.0.0.1:2", "sip:a@127.0.0.1:1" },
      registrar:lookup "alice")
    local first = registrar:bindings("alice")[1]
    assert.same({
      uri = "sip:c@127.0.0.1:3", expires = 10, call_id = "reg", cseq = 1, path = {},
    }, first)
    assert.equal(0.9, registrar:bindings("alice")[2].q)
  end)

  it("keeps q and what else a contact says", function()
    serve()
    local _, lines = bind '<sip:a@127.0.0.1:1>;q=0.5;expires=60;+sip.instance="<urn:x;y>"'
    assert.same({ '<sip:a@127.0.0.1:1>;q=0.5;+sip.instance="<urn:x;y>";expires=60' }, lines.Contact)
  end)

  it("renews, and takes away with 0 seconds, by comparing URIs", function()
    serve()
    bind "<sip:%61lice@LOCALHOST:1;transport=UDP>"
    local _, lines = bind("<sip:alice@localhost:1;transport=udp>;expires=9", { cseq = 2 })
    assert.same({ "<sip:alice@localhost:1;transport=udp>;expires=9" }, lines.Contact)
    _, lines = bind("<sip:alice@localhost:1;transport=udp;x=1>;expires=0", { cseq = 3 })
    assert.is_nil(lines.Contact)
    assert.same({}, registrar:lookup "alice")
  end)

  it("refuses what is late in its Call-ID, and changes nothing", function()
    serve()
    bind("<sip:a@127.0.0.1:1>", { cseq = 5 })
    for _, cseq in ipairs { 5, 4 } do
      assert.equal(500, (register({ "Contact: <sip:b@127.0.0.1:2>, <sip:a@127.0.0.1:1>;expires=0" },
        { cseq = cseq })))
    end
    assert.same({ "sip:a@127.0.0.1:1" }, registrar:lookup "alice")
    assert.equal(200, (bind("<sip:a@127.0.0.1:1>;expires=7", { cseq = 1, call_id = "new" })))
    assert.equal(7, registrar:bindings("alice")[1].expires)
  end)

  it("takes all away for *, with Expires: 0 and alone", function()
    serve()
    register { "Contact: <sip:a@127.0.0.1:1>, <sip:b@127.0.0.1:2>" }
    assert.equal(400, (register({ "Contact: *" }, { cseq = 2 })))
    assert.equal(400, (register({ "Contact: *", "Expires: 60" }, { cseq = 3 })))
    assert.equal(400, (register({ "Contact: *", "Contact: <sip:a@127.0.0.1:1>", "Expires: 0" },
      { cseq = 4 })))
    assert.equal(500, (register({ "Contact: *", "Expires: 0" }, { cseq = 1, branch = "z9hG4bK*" })))
    assert.equal(2, #registrar:lookup "alice")
    local status, lines = register({ "Contact: *", "Expires: 0" }, { cseq = 5 })
    assert.equal(200, status)
    assert.is_nil(lines.Contact)
    assert.same({}, registrar:lookup "alice")
  end)

  it("has limits: 423, a shorter time, a default, a number of contacts", function()
    serve { min_expires = 60, max_expires = 120, default_expires = 90, contacts_max = 2 }
    local status, lines = bind "<sip:a@127.0.0.1:1>;expires=59"
    assert.equal(423, status)
    assert.same({ "60" }, lines["Min-Expires"])
    assert.same({}, registrar:lookup "alice")
    local function granted(contact, cseq)
      return select(2, bind(contact, { cseq = cseq })).Contact[1]:match "expires=(%d+)"
    end
    assert.equal("60", granted("<sip:a@127.0.0.1:1>;expires=60", 2))
    assert.equal("120", granted("<sip:a@127.0.0.1:1>;expires=9999", 3))
    assert.equal("90", granted("<sip:a@127.0.0.1:1>", 4))
    assert.equal("90", granted("<sip:a@127.0.0.1:1>;expires=soon", 5))
    assert.equal(403, (register({ "Contact: <sip:b@127.0.0.1:2>, <sip:c@127.0.0.1:3>" },
      { cseq = 6 })))
    assert.equal(1, #registrar:lookup "alice")
    assert.equal(200, (register({ "Contact: <sip:a@127.0.0.1:1>;expires=0, <sip:c@127.0.0.1:3>" },
      { cseq = 7 })))
  end)

  it("keeps and returns Path, and names the service's route", function()
    serve { path = true, service_route = "<sip:edge@127.0.0.1:5;lr>" }
    local status, lines = register {
      "Contact: <sip:a@127.0.0.1:1>", "Path: <sip:p1@127.0.0.1:6;lr>, <sip:p2@127.0.0.1:7;lr>",
      "Require: path", "Supported: path",
    }
    assert.equal(200, status)
    local path = { "<sip:p1@127.0.0.1:6;lr>", "<sip:p2@127.0.0.1:7;lr>" }
    assert.same(path, lines.Path)
    assert.same({ "<sip:edge@127.0.0.1:5;lr>" }, lines["Service-Route"])
    assert.same(path, registrar:bindings("alice")[1].path)
  end)

  it("refuses extensions that it has not, Path among them", function()
    serve()
    local status, lines = register { "Contact: <sip:a@127.0.0.1:1>", "Require: path, foo" }
    assert.equal(420, status)
    assert.same({ "path, foo" }, lines.Unsupported)
    assert.same({}, registrar:lookup "alice")
  end)

  it("refuses what it cannot read", function()
    serve()
    assert.equal(400, (bind("<sip:a@127.0.0.1:1>", { to = "<sip:127.0.0.1>" })))
    assert.equal(400, (bind "<sip:@5>"))
    assert.equal(400, (bind "???"))
  end)

  it("asks its users for their password", function()
    serve { users = { alice = "apw", bob = "bpw" }, realm = "here" }
    local function phone(name, password, to)
      local agent = support.agent(nil, {
        uri = ("sip:%s@%s"):format(to or name, server.address), username = name,
        password = password,
      })
      return assert(agent:register { expires = 60 }:await(5)).status
    end
    assert.equal(401, phone("alice"))
    assert.equal(200, phone("alice", "apw"))
    assert.equal(403, phone("alice", "bpw"))
    assert.equal(403, phone("bob", "bpw", "alice")) -- his own password, her address
    assert.equal(403, phone("carol", "x"))          -- no word on who is known
    assert.equal(1, #registrar:lookup "alice")
    assert.same({}, registrar:lookup "bob")
    assert.is_true(registrar:knows "bob")
    assert.is_false(registrar:knows "carol")
  end)

  it("takes strangers, and nobody's password, where it is told so", function()
    serve { users = { alice = "apw" }, strangers = true }
    assert.equal(200, (bind("<sip:c@127.0.0.1:1>", { to = "<sip:carol@127.0.0.1>" })))
    assert.equal(401, (bind "<sip:a@127.0.0.1:1>"))
    registrar:configure { auth = false, strangers = false }
    assert.equal(200, (bind("<sip:a@127.0.0.1:1>", { cseq = 2 })))
    assert.equal(404, (bind("<sip:d@127.0.0.1:1>", { to = "<sip:dave@127.0.0.1>" })))
    registrar:configure { auth = sip.digest_server { realm = "mine", algorithm = "SHA-256" } }
    local status, lines = bind("<sip:a@127.0.0.1:1>", { cseq = 3 })
    assert.equal(401, status)
    assert.matches('^Digest realm="mine".*SHA%-256', lines["WWW-Authenticate"][1])
  end)

  it("tells of changes, and takes bindings away", function()
    local changes = {}
    serve().on_change = function(user, list)
      changes[#changes + 1] = ("%s %d"):format(user, #list)
    end
    register { "Contact: <sip:a@127.0.0.1:1>, <sip:b@127.0.0.1:2>" }
    register({}, { cseq = 2 })
    bind("<sip:@5>", { cseq = 3 })
    assert.equal(1, registrar:remove("alice", "sip:a@127.0.0.1:1"))
    assert.equal(0, registrar:remove("alice", "sip:z@127.0.0.1:1"))
    assert.equal(1, registrar:remove "alice")
    assert.equal(0, registrar:remove "alice")
    assert.same({ "alice 2", "alice 1", "alice 0" }, changes)
  end)

  it("returns the status of its answer, and handles REGISTER alone", function()
    local statuses = {}
    registrar = sip.registrar { min_expires = 60 }
    server.delegate = { on_register = function(incoming)
      statuses[#statuses + 1] = registrar:handle(incoming)
    end }
    bind "<sip:a@127.0.0.1:1>"
    bind("<sip:a@127.0.0.1:1>;expires=1", { cseq = 2 })
    assert.same({ 200, 423 }, statuses)
    raw:send(support.request_text("FOO", { uri = support.uri(server), from = raw.address }),
      server.address)
    local incoming = assert(server:expect "FOO")
    assert.error_matches(function() registrar:handle(incoming) end,
      "wants a REGISTER, got a FOO", 1, true)
    incoming:reply(200)
  end)

  it("refuses wrong options", function()
    assert.error_matches(function() sip.registrar { user = {} } end,
      'registrar: unknown option "user" (did you mean "users"?)', 1, true)
    assert.error_matches(function() sip.registrar { users = "alice" } end,
      'option "users" must be a table, got string', 1, true)
    assert.error_matches(function() sip.registrar { auth = 5 } end,
      'option "auth" must be a boolean or DigestServer, got number', 1, true)
    assert.error_matches(function() sip.registrar(5) end, "options must be a table", 1, true)
    assert.error_matches(function() sip.registrar():configure { x = 1 } end, 'unknown option "x"',
      1, true)
  end)
end)
