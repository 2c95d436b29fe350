-- SPDX-License-Identifier: MIT
-- REGISTER as RFC 3261 10.2 wants it: one Call-ID, Contacts, what was granted;
-- Service-Route (RFC 3608) and Path (RFC 3327).

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local REALM <const> = 'WWW-Authenticate: Digest realm="r", nonce="n%d", qop="auth", algorithm=MD5'

--- Binds what it is asked to, as a registrar without users does.
local function bind(incoming)
  local lines = {}
  for i, contact in ipairs(incoming.message:headers "Contact") do
    local seconds = contact:match ";expires=(%d+)" or incoming.message:header "Expires" or "3600"
    lines[i] = ("Contact: %s;expires=%s"):format(contact:gsub(";expires=%d+", ""), seconds)
  end
  incoming:reply(200, { extra_headers = lines })
end

local function phone(server, options)
  options = options or {}
  options.uri = options.uri or "sip:alice@" .. server.address
  return support.agent(nil, options)
end

local function cseqs(messages)
  local numbers = {}
  for i, message in ipairs(messages) do
    numbers[i] = message.cseq
  end
  return numbers
end

describe("the numbers of a registration", function()
  it("are one Call-ID and a rising CSeq, across challenges too", function()
    local server, seen = support.server(function(incoming, n)
      if n % 2 == 1 then
        incoming:reject(401, { extra_headers = { REALM:format(n) } })
      else
        bind(incoming)
      end
    end)
    local alice = phone(server, { password = "secret", auto = { preempt = false } })
    for _, expires in ipairs { 600, 0, 600 } do
      assert(alice:register({ expires = expires }):expect "2xx")
    end
    assert.same({ 1, 2, 3, 4, 5, 6 }, cseqs(seen))
    for _, message in ipairs(seen) do
      assert.equal(seen[1].call_id, message.call_id)
    end
  end)

  it("belong to one address of record at one registrar", function()
    local server, seen = support.server(bind)
    local other, seen_there = support.server(bind)
    local alice = phone(server)
    assert(alice:register():expect "2xx")
    assert(alice:register({ to = "sip:carol@" .. server.address }):expect "2xx")
    assert(alice:register({ registrar = "sip:" .. other.address }):expect "2xx")
    assert(alice:register({ to = '"A" <sip:alice@' .. server.address .. ">" }):expect "2xx")
    assert.same({ 1, 1, 2 }, cseqs(seen))
    assert.same({ 1 }, cseqs(seen_there))
    assert.equal(seen[1].call_id, seen[3].call_id)
    assert.not_equal(seen[1].call_id, seen[2].call_id)
    assert.not_equal(seen[1].call_id, seen_there[1].call_id)
  end)

  it("survive a Call-ID and numbers of the script's own", function()
    local server, seen = support.server(bind)
    local alice = phone(server)
    local options = { {}, { call_id = "mine", cseq = 40 }, { cseq = 1 }, {}, { cseq = 90 }, {} }
    for _, each in ipairs(options) do
      assert(alice:register(each):expect "2xx")
    end
    assert.same({ 1, 40, 1, 2, 90, 91 }, cseqs(seen))
    assert.equal("mine", seen[2].call_id)
    assert.equal(seen[1].call_id, seen[6].call_id)
  end)

  it("are given back when nothing was sent", function()
    local server, seen = support.server(bind)
    local alice = phone(server)
    assert.error(function() alice:register { raw = "nonsense" } end)
    assert(alice:register():expect "2xx")
    assert.same({ 1 }, cseqs(seen))
  end)

  it("are those of one call of a load, not of all", function()
    local server, seen = support.server(bind)
    local alice = phone(server)
    local load = sip.load {
      agent = alice, calls = 2, rate = 100,
      scenario = function(call)
        assert(call:register({ expires = 60 }):expect "2xx")
        assert(call:register({ expires = 0 }):expect "2xx")
      end,
    }
    assert(load:wait(5))
    local by_id, ids = {}, 0
    for _, message in ipairs(seen) do
      ids = by_id[message.call_id] and ids or ids + 1
      by_id[message.call_id] = (by_id[message.call_id] or "") .. message.cseq .. " "
    end
    assert.equal(2, ids)
    for _, numbers in pairs(by_id) do
      assert.equal("1 2 ", numbers)
    end
  end)
end)

describe("the registrar of a REGISTER", function()
  it("has the parameters that it was given", function()
    local server, seen = support.server(bind)
    local uri = "sip:" .. server.address .. ";transport=udp;x=1"
    assert(phone(server):register({ registrar = uri }):expect "2xx")
    assert.equal(uri, seen[1].uri)
    local alice = support.agent(nil, { uri = ("sip:alice@%s;x=1"):format(server.address) })
    assert(alice:register():expect "2xx")
    assert.equal("sip:" .. server.address, seen[2].uri)
  end)

  it("is a sips: URI for a sips: address, which is refused as long as there is no TLS", function()
    local server = support.server(bind)
    local address = "sips:alice@" .. server.address
    local alice = support.agent(nil, { uri = address })
    for _, options in ipairs { {}, { registrar = "sips:" .. server.address } } do
      local ok, err = pcall(alice.register, alice, options)
      assert.is_false(ok)
      assert.equal("unsupported", err.code)
      assert.matches(('"sips:%s": only sip: over UDP is offered yet'):format(server.address),
        tostring(err), 1, true)
    end
  end)
end)

describe("the bindings of a REGISTER", function()
  it("may be several, each with parameters of its own", function()
    local server, seen = support.server(bind)
    local request = phone(server):register {
      contacts = { "sip:a@127.0.0.1:5071;expires=60", "<sip:b@127.0.0.1;x=1>;q=0.5;ob" },
      expires = 600,
    }
    assert(request:expect "2xx")
    assert.same({ "sip:a@127.0.0.1:5071;expires=60", "<sip:b@127.0.0.1;x=1>;q=0.5;ob" },
      seen[1]:headers "Contact")
    assert.same({
      { uri = "sip:a@127.0.0.1:5071", expires = 60, parameters = {} },
      { uri = "sip:b@127.0.0.1;x=1", expires = 600, q = 0.5, parameters = { ob = true } },
    }, request.bindings)
    assert.equal(60, request.expires)
  end)

  it("are those of others too, of which what we got is told apart", function()
    local server = support.server(function(incoming)
      incoming:reply(200, { extra_headers = {
        "Contact: <sip:alice@127.0.0.9:5060>;expires=7",
        "Contact: " .. incoming.message:header "Contact" .. ";expires=55;+sip.instance=\"<x>\"",
      } })
    end)
    local request = phone(server):register { expires = 600 }
    assert.is_nil(request.bindings)
    assert.is_nil(request.expires)
    assert(request:expect "2xx")
    assert.equal(2, #request.bindings)
    assert.equal("<x>", request.bindings[2].parameters["+sip.instance"])
    assert.equal(55, request.expires)
  end)

  it("say nothing of ours where ours is not among them", function()
    local server = support.server(function(incoming)
      local value = incoming.message:header("Contact"):gsub("@127.0.0.1", "@127.0.0.9")
      incoming:reply(200, { extra_headers = { "Contact: " .. value .. ";expires=7" } })
    end)
    local request = phone(server):register { expires = 600 }
    assert(request:expect "2xx")
    assert.equal(7, request.bindings[1].expires)
    assert.is_nil(request.expires)
  end)

  it("go all at once with *", function()
    local server, seen = support.server(function(incoming) incoming:reply(200) end)
    local request = phone(server):register { contact = "*", expires = 0 }
    assert(request:expect "2xx")
    assert.equal("*", seen[1]:header "Contact")
    assert.equal("0", seen[1]:header "Expires")
    assert.same({}, request.bindings)
  end)

  it("are given one way or the other", function()
    local alice = support.agent "alice"
    assert.error_matches(function()
      alice:register { contact = "sip:a@127.0.0.1", contacts = { "sip:b@127.0.0.1" } }
    end, 'options "contact" and "contacts" exclude each other', 1, true)
    assert.error_matches(function()
      alice:register { contacts = "sip:b@127.0.0.1" }
    end, 'option "contacts" must be a list of strings, got string', 1, true)
  end)
end)

describe("Path", function()
  it("is offered when asked for, and read in the answer", function()
    local server, seen = support.server(function(incoming)
      incoming:reply(200, { extra_headers = { "Path: <sip:p1;lr>, <sip:p2;lr>" } })
    end)
    local alice = phone(server)
    assert(alice:register():expect "2xx")
    local response = assert(alice:register({ path = true }):expect "2xx")
    assert.same({ false, "path" }, support.each(seen, "Supported"))
    assert.same({ "<sip:p1;lr>", "<sip:p2;lr>" }, response.message:headers "Path")
  end)
end)

describe("Service-Route", function()
  local function registered(lines, options)
    local server = support.server(function(incoming)
      if incoming.method == "REGISTER" then
        incoming:reply(200, { extra_headers = lines })
      else
        incoming:reply(200)
      end
    end)
    local alice = phone(server, options)
    local request = alice:register()
    assert(request:expect "2xx")
    return alice, request, server
  end

  it("is the way of later requests outside of dialogs", function()
    local hop, seen = support.server(function(incoming) incoming:reply(200) end)
    local routes = { ("<sip:%s;lr>"):format(hop.address), "<sip:home.test;lr>" }
    local alice, request = registered { "Service-Route: " .. table.concat(routes, ", ") }
    assert.same(routes, request.service_route)
    assert.same(routes, alice.service_route)
    local sent = alice:message("sip:bob@127.0.0.9", { body = "hello" })
    assert(sent:expect "2xx")
    assert.equal(1, #seen)
    assert.same(routes, seen[1]:headers "Route")
    assert.equal("sip:bob@127.0.0.9", seen[1].uri)
  end)

  it("gives way to a route of the request's own, and is none to the registrar", function()
    local hop, seen = support.server(function(incoming) incoming:reply(200) end)
    local alice, _, server = registered { ("Service-Route: <sip:%s;lr>"):format(hop.address) }
    assert(alice:register():expect "2xx")
    assert(alice:request("OPTIONS", "sip:" .. server.address, { route = "" }):expect "2xx")
    local own = ("<sip:%s;lr;own>"):format(server.address)
    assert(alice:request("OPTIONS", "sip:127.0.0.9", { route = own }):expect "2xx")
    assert.same({}, seen)
  end)

  it("comes behind a proxy that is a route", function()
    local proxy, seen = support.server(function(incoming)
      local lines = { "Service-Route: <sip:127.0.0.9;lr>" }
      incoming:reply(200, { extra_headers = incoming.method == "REGISTER" and lines or {} })
    end)
    local uri = ("sip:%s;lr"):format(proxy.address)
    local alice = phone(proxy, { proxy = uri })
    assert(alice:register():expect "2xx")
    assert(alice:message("sip:bob@127.0.0.9", { body = "hello" }):expect "2xx")
    assert.same({ "<" .. uri .. ">" }, seen[1]:headers "Route")
    assert.same({ "<" .. uri .. ">", "<sip:127.0.0.9;lr>" }, seen[2]:headers "Route")
  end)

  it("goes with an answer that has none, and belongs to the agent's address", function()
    local lines = { "Service-Route: <sip:127.0.0.9;lr>" }
    local alice, _, server = registered(lines)
    assert(alice:register({ to = "sip:carol@" .. server.address }):expect "2xx")
    lines[1] = nil
    assert(alice:register({ to = "sip:carol@" .. server.address }):expect "2xx")
    assert.same({ "<sip:127.0.0.9;lr>" }, alice.service_route)
    assert(alice:register():expect "2xx")
    assert.is_nil(alice.service_route)
  end)

  it("may be set and cleared by the script", function()
    local hop, seen = support.server(function(incoming) incoming:reply(200) end)
    local alice = support.agent "alice"
    alice.service_route = { "sip:" .. hop.address .. ";lr" }
    assert(alice:message("sip:bob@127.0.0.9", { body = "x" }):expect "2xx")
    assert.same({ ("<sip:%s;lr>"):format(hop.address) }, seen[1]:headers "Route")
    alice.service_route = nil
    assert.is_nil(alice.service_route)
    assert(alice:message("sip:bob@" .. hop.address, { body = "x" }):expect "2xx")
    assert.same({}, seen[2]:headers "Route")
    assert.error_matches(function() alice.service_route = "sip:x" end,
      'option "service_route" must be a list of strings, got string', 1, true)
  end)
end)
