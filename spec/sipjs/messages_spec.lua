-- SPDX-License-Identifier: MIT
-- SIP.js's tests of messages and of its grammar as situations of ours. Where SIP.js
-- comes out otherwise, the name says so.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("an outgoing request", function()
  local alice

  before_each(function()
    support.virtual()
    alice = support.agent "alice"
  end)

  local function sent(options)
    return wire.callee(alice, "FOO", options).request.message
  end

  it("has its fields", function()
    local callee = wire.callee(alice, "FOO", { call_id = "mine", cseq = 7 })
    local message = callee.request.message
    assert.equal("FOO", message.method)
    assert.equal(callee.uri, message.uri)
    assert.equal("mine", message.call_id)
    assert.equal(7, message.cseq)
    assert.equal("", message.body)
    assert.is_nil(message.status)
    assert.is_string(message.from_tag)
    assert.is_nil(message.to_tag)
    assert.equal("70", message:header "Max-Forwards")
    assert.equal("0", message:header "Content-Length")
  end)

  it("takes one value of a header, or several", function()
    local one = sent { headers = { replace = { ["X-One"] = "a" } } }
    assert.same({ "a" }, one:headers "X-One")
    local more = sent { headers = { insert = { { "X-More", "a" }, { "X-More", "b" } } } }
    assert.same({ "a", "b" }, more:headers "X-More")
  end)

  it("finds headers of its own, those that the script added, or none", function()
    local message = sent { extra_headers = { "X-Extra: 1", "X-Extra: 2" } }
    assert.equal("7FOO", (message:header("CSEQ"):gsub("%d+ ", "7")))
    assert.equal("1", message:header "x-extra")
    assert.same({ "1", "2" }, message:headers "X-Extra")
    assert.equal(1, #message:headers "From")
    assert.is_nil(message:header "X-None")
    assert.same({}, message:headers "X-None")
  end)

  it("counts bytes, not characters, in Content-Length", function()
    for body, length in pairs {
      ["a"] = "1", ["ä"] = "2", ["test€"] = "7",
      ["ÄÖÜ€𐍈 ASCII"] = "19",
    } do
      local message = sent { body = { body, "text/plain" } }
      assert.equal(length, message:header "Content-Length")
      assert.equal(body, message.body)
    end
  end)

  it("takes lines in the order that was given, behind its own", function()
    local message = sent { extra_headers = { "X-B: 1", "X-A: 2", "X-C: 3" } }
    assert.matches("\r\nX%-B: 1\r\nX%-A: 2\r\nX%-C: 3\r\n", message:bytes())
    assert.is_true(message:bytes():find("X-B", 1, true) > message:bytes():find("CSeq", 1, true))
  end)

  it("takes a body without a type too (differs: SIP.js drops it in silence)", function()
    assert.equal("bare", sent({ body = "bare" }).body)
  end)

  it("has a Content-Disposition (differs: SIP.js never writes it)", function()
    local message = sent { body = { "x", "text/plain", "render" } }
    assert.equal("render", message:header "Content-Disposition")
  end)
end)

--- Both sides of a message that came: a request, a response. Each `came` takes
--- header lines and a body, and returns the Message that the agent saw.
local sides = {}

function sides.request()
  local bob = support.agent("bob", { hold = 60 })
  return function(headers, body)
    local caller = wire.caller(bob, "FOO", { headers = headers, body = body })
    return caller.incoming.message, caller.text
  end
end

function sides.response()
  local alice = support.agent "alice"
  return function(headers, body)
    local callee = wire.callee(alice, "FOO")
    local text = support.response_text(callee.text, "200 OK", headers)
    if body then
      text = text:gsub("Content%-Length: 0\r\n\r\n$",
        ("Content-Length: %d\r\n\r\n"):format(#body)) .. body
    end
    callee:send(text)
    return assert(callee.request:await(1)).message, text
  end
end

for side, start in pairs(sides) do
  describe("an incoming " .. side, function()
    local came

    before_each(function()
      support.virtual()
      came = start()
    end)

    it("has its defaults", function()
      local message = came {}
      assert.equal("", message.body)
      assert.is_nil(message.malformed)
      assert.equal("FOO", message.method)
      assert.is_number(message.cseq)
      assert.is_string(message.via)
      if side == "response" then
        assert.equal(200, message.status)
        assert.equal("OK", message.reason)
        assert.is_nil(message.uri)
      else
        assert.is_nil(message.status)
        assert.is_string(message.uri)
      end
    end)

    it("has each header line that came, one or several", function()
      assert.same({ "bar" }, came({ "Foo: bar" }):headers "foo")
      assert.same({ "bar", "baz" }, came({ "Foo: bar", "fOO: baz" }):headers "Foo")
    end)

    it("gives the first value of a header, or nil", function()
      local message = came { "Foo: bar", "Foo: baz" }
      assert.equal("bar", message:header "foo")
      assert.is_nil(message:header "None")
    end)

    it("gives none, one or several values", function()
      local message = came { "One: 1", "Two: 1", "Two: 2" }
      assert.same({}, message:headers "None")
      assert.same({ "1" }, message:headers "One")
      assert.same({ "1", "2" }, message:headers "Two")
    end)

    it("tells a header that is empty from one that is missing", function()
      local message = came { "Empty:" }
      assert.equal("", message:header "Empty")
      assert.is_nil(message:header "Missing")
    end)

    it("parses an address: missing, bad index, once more the same", function()
      local message = came { "Refer-To: <sip:a@h>", "Refer-To: <sip:b@h>" }
      local none, err = message:address "Reply-To"
      assert.is_nil(none)
      assert.equal("not_found", err.code)
      none, err = message:address("Refer-To", 3)
      assert.is_nil(none)
      assert.equal("not_found", err.code)
      assert.has_error(function() message:address("Refer-To", 0) end)
      assert.equal("b", assert(message:address("Refer-To", 2)).uri.user)
      assert.same(message:address "Refer-To", message:address "Refer-To")
      none, err = came({ "Refer-To: <sip:a" }):address "Refer-To"
      assert.is_nil(none)
      assert.equal("protocol", err.code)
    end)

    it("is read-only (differs: SIP.js has setHeader)", function()
      local message = came {}
      assert.error_matches(function() message.body = "x" end, "Message")
      assert.error_matches(function() message.cseq = 1 end, "Message")
    end)

    it("gives the raw bytes", function()
      local message, text = came({ "X-Odd  :\t a", "k:b" }, "body \0 of bytes")
      assert.equal(text, message:bytes())
      assert.equal("body \0 of bytes", message.body)
    end)
  end)
end

describe("the grammar", function()
  local came

  before_each(function()
    support.virtual()
    came = sides.request()
  end)

  it("finds three contacts in one header", function()
    local message = came {
      'Route: "A, B" <sip:a@h>;x="1,2", <sip:b@h>;lr,"C" <sip:c@h;p=1>;q=0.5',
    }
    local values = message:headers "Route"
    assert.equal(3, #values)
    local users, names = {}, {}
    for i, value in ipairs(values) do
      local address = assert(sip.address(value))
      users[i], names[i] = address.uri.user, address.display or "-"
    end
    assert.same({ "a", "b", "c" }, users)
    assert.same({ "A, B", "-", "C" }, names)
    assert.equal("1,2", assert(sip.address(values[1])).params.x)
    assert.equal("0.5", assert(sip.address(values[3])).params.q)
  end)

  for name, via in pairs {
    ["folding"] = "SIP/2.0/UDP\r\n HERE\r\n ;branch=z9hG4bKv\r\n\t;rport",
    ["spaces"] = "SIP / 2.0 / UDP HERE ; branch = z9hG4bKv",
    ["IPv6"] = "SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKv;rport",
    ["parameters"] = "SIP/2.0/UDP HERE;ttl=1;maddr=127.0.0.1;branch=z9hG4bKv;foo=Bar",
  } do
    it("reads a Via with " .. name, function()
      local bob, raw = support.agent("bob", { hold = 0 }), support.socket()
      local text = support.request_text("OPTIONS", { uri = support.uri(bob), from = raw.address })
      local line = via:gsub("HERE", raw.address)
      raw:send(text:gsub("Via: [^\r]*", "Via: " .. line, 1), bob.address)
      local answer = assert(raw:receive(1))
      assert.equal("200", wire.word(answer))
      assert.matches("branch *= *z9hG4bKv", answer)
    end)
  end

  it("reads the CSeq", function()
    local bob, raw = support.agent "bob", support.socket()
    local text = support.request_text("FOO", {
      uri = support.uri(bob), from = raw.address, cseq = 2147483647,
    })
    raw:send(text:gsub("CSeq: ", "CSeq:\t "), bob.address)
    local message = assert(bob:expect "FOO").message
    assert.equal(2147483647, message.cseq)
    assert.equal("FOO", message.method)
  end)

  it("keeps the case of an Event (differs: SIP.js lowers it)", function()
    assert.equal("Message-Summary;id=X", came({ "Event: Message-Summary;id=X" }):header "Event")
    assert.equal("presence", came({ "o: presence" }):header "Event")
  end)

  it("shows a disposition as it came", function()
    assert.equal("session;handling=optional",
      came({ "Content-Disposition: session;handling=optional" }):header "content-disposition")
  end)

  it("reads the UUID of an instance", function()
    local uuid = "urn:uuid:f6e15cd0-17ed-11e4-8c21-0800200c9a66"
    local message = came { ('Route: <sip:a@h>;+sip.instance="<%s>";reg-id=1'):format(uuid) }
    local address = assert(sip.address(message:header "Route"))
    assert.equal(("<%s>"):format(uuid), address.params:get "+SIP.instance")
    assert.equal("1", address.params["reg-id"])
  end)
end)

describe("a Replaces", function()
  --- What becomes of an INVITE with such a header line, to bob in a call.
  local function invited(value)
    support.virtual()
    local alice, bob = support.pair()
    local _, at_bob = support.call(alice, bob)
    local line = "Replaces: " .. value:gsub("%$(%u)", {
      C = at_bob.call_id, T = at_bob.local_tag, F = at_bob.remote_tag,
    })
    local request = alice:invite(support.uri(bob), { extra_headers = { line } })
    local incoming = bob:expect("INVITE", { timeout = 0.1 })
    return incoming and incoming.replaces == at_bob or request:await(1).status
  end

  for _, value in ipairs {
    "$C;to-tag=$T;from-tag=$F", "$C;from-tag=$F;to-tag=$T", "$C ; TO-TAG=$T;\r\n from-tag = $F",
    "$C;x=y;to-tag=$T;from-tag=$F;z",
  } do
    it("is read: " .. value:gsub("%s+", " "), function()
      assert.is_true(invited(value))
    end)
  end

  for _, value in ipairs {
    "$C", "$C;to-tag=$T", "$C;from-tag=$F", ";to-tag=$T;from-tag=$F", "$C;to-tag;from-tag=$F",
    "$C;to-tag=$T;to-tag=x;from-tag=$F",
  } do
    it("is not read, and gets 400: " .. value, function()
      assert.equal(400, invited(value))
    end)
  end
end)

describe("a digest challenge", function()
  local alice

  before_each(function()
    support.virtual()
    alice = support.agent("alice", { username = "alice", password = "secret" })
  end)

  --- The credentials in the answer to a 401 with these lines, or nil.
  local function answer(headers)
    local callee = wire.callee(alice, "FOO")
    callee:answer("401 Unauthorized", { headers = headers })
    return callee:heard()[1] == "FOO" and wire.header(callee:latest "FOO", "Authorization") or nil
  end

  for name, value in pairs {
    ["in usual spelling"] = 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5',
    ["in any case"] = 'dIGEST rEALM="r",NONCE="n1",Qop="AUTH",Algorithm=md5,STALE=FALSE',
    ["with folds and spaces"] = 'Digest  realm = "r" ,\r\n\tnonce= "n1"  ,  opaque="o"',
    ["with a list of qops"] = 'Digest realm="r", nonce="n1", qop="foo,auth-int , auth", x=y',
    ["with parameters unknown"] = 'Digest foo=bar, realm="r", nonce="n1", baz="a, b"',
  } do
    it("is read " .. name, function()
      local credentials = assert(answer { "WWW-Authenticate: " .. value })
      assert.matches('username="alice"', credentials, 1, true)
      assert.matches('realm="r"', credentials, 1, true)
      assert.matches('nonce="n1"', credentials, 1, true)
    end)
  end

  it("picks the one that it can answer, whatever the order (differs: SIP.js the last)", function()
    local good = 'WWW-Authenticate: Digest realm="r", nonce="n1"'
    local bad = 'WWW-Authenticate: Digest realm="r", nonce="n2", algorithm=FOO'
    for _, lines in ipairs { { good, bad }, { bad, good } } do
      assert.matches('nonce="n1"', assert(answer(lines)), 1, true)
    end
  end)

  it("that is none goes to on_reject", function()
    for _, value in ipairs { "Basic realm=r", 'Digest realm="r"', "Digest", "" } do
      assert.is_nil(answer { "WWW-Authenticate: " .. value }, value)
    end
  end)

  it("with stale=true is answered once more, with the new nonce", function()
    local callee = wire.callee(alice, "FOO")
    callee:answer("401 Unauthorized", {
      headers = { 'WWW-Authenticate: Digest realm="r", nonce="n1"' },
    })
    assert.same({ "FOO" }, callee:heard())
    callee:answer("401 Unauthorized", {
      headers = { 'WWW-Authenticate: Digest realm="r", nonce="n2", STALE=True' },
      text = callee:latest "FOO",
    })
    assert.same({ "FOO" }, callee:heard())
    assert.matches('nonce="n2"', wire.header(callee:latest "FOO", "Authorization"), 1, true)
    assert.same({}, callee.told)
  end)
end)
