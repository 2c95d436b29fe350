-- SPDX-License-Identifier: MIT
-- Message: one message as it was on the wire.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a message", function()
  local bob, raw
  local count = 0

  before_each(function()
    bob, raw = support.agent "bob", support.socket()
  end)

  local function received(text)
    raw:send(text, bob.address)
    local incoming = assert(bob:expect("*", { timeout = 2 }))
    incoming:reply(200)
    raw:receive(1)
    return incoming.message
  end

  local function of(headers, more)
    count = count + 1
    local t = {
      uri = support.uri(bob), from = raw.address, headers = headers, call_id = "view-" .. count,
    }
    for key, value in pairs(more or {}) do
      t[key] = value
    end
    return received(support.request_text("FOO", t))
  end

  it("has the parts of a request", function()
    local message = of({}, { body = "the body", call_id = "id@host", cseq = 4711 })
    assert.equal("Message", sip.type(message))
    assert.equal("FOO", message.method)
    assert.equal(support.uri(bob), message.uri)
    assert.is_nil(message.status)
    assert.is_nil(message.reason)
    assert.equal("the body", message.body)
    assert.equal("id@host", message.call_id)
    assert.equal(4711, message.cseq)
    assert.equal("<sip:raw@127.0.0.1>;tag=raw1", message.from)
    assert.equal("raw1", message.from_tag)
    assert.is_nil(message.to_tag)
    assert.matches("^SIP/2.0/UDP " .. raw.address, message.via)
    assert.equal(raw.address, message.remote)
    assert.equal(bob.address, message.local_address)
    assert.is_number(message.time)
    assert.is_nil(message.malformed)
    assert.equal("FOO " .. support.uri(bob), tostring(message))
  end)

  it("has the parts of a response", function()
    local alice = support.agent "alice"
    bob.delegate = { on_foo = function(incoming)
      incoming:reply(299, { reason = "All Fine", to_tag = "tt" })
    end }
    local message = assert(alice:request("FOO", support.uri(bob)):await(2)).message
    assert.equal(299, message.status)
    assert.equal("All Fine", message.reason)
    assert.equal("FOO", message.method)
    assert.is_nil(message.uri)
    assert.equal("tt", message.to_tag)
    assert.equal("", message.body)
    assert.equal(bob.address, message.remote)
    assert.matches("^299 All Fine", tostring(message))
  end)

  it("finds headers by name, whatever the case, compact forms too", function()
    local message = of { "s: short", "X-Case: yes", "Supported: a, b", "k: c" }
    assert.equal("short", message:header "Subject")
    assert.equal("short", message:header "S")
    assert.equal("yes", message:header "x-cAsE")
    assert.is_nil(message:header "X-None")
    assert.same({}, message:headers "X-None")
    assert.equal(message.call_id, message:header "i")
    assert.equal(message.via, message:header "v")
  end)

  it("gives all values of a header in order, lists taken apart", function()
    local message = of {
      "Route: <sip:a@x;lr>, <sip:b@x;lr>", "X-Plain: 1, 2", "Route: <sip:c@x;lr>", "X-Plain: 3",
    }
    assert.same({ "<sip:a@x;lr>", "<sip:b@x;lr>", "<sip:c@x;lr>" }, message:headers "Route")
    local plain = message:headers "X-Plain"
    assert.equal("3", plain[#plain])
    assert.equal("1", plain[1]:sub(1, 1))
  end)

  it("keeps the bytes exactly, folds read as one line", function()
    local text = support.request_text("FOO", {
      uri = support.uri(bob), from = raw.address,
      headers = { "sUbJeCt :  one\r\n\ttwo\r\n   three", "X-Odd:\t\tx  " },
    })
    local message = received(text)
    assert.equal(text, message:bytes())
    assert.equal("one two three", message:header "Subject")
    assert.equal("x", message:header "X-Odd")
  end)

  it("says what is wrong with a malformed one", function()
    local message = of { "Contact: <sip:never@closed" }
    assert.is_string(message.malformed)
    assert.equal("FOO", message.method)
  end)

  it("takes addresses apart", function()
    local message = of({ 'Refer-To: "Bo \\"B\\" b" <sip:bo:pw@host.example:5080;lr;x=1>;p=2;q' })
    local address = assert(message:address "Refer-To")
    assert.equal("sip", address.uri.scheme)
    assert.equal("bo", address.uri.user)
    assert.equal("host.example", address.uri.host)
    assert.equal(5080, address.uri.port)
    assert.equal("1", address.uri.params.x)
    assert.is_true(address.uri.params.lr)
    assert.equal("2", address.params.p)
    assert.is_true(address.params.q)
    local none, err = message:address "Reply-To"
    assert.is_nil(none)
    assert.equal("not_found", err.code)
  end)

  it("reads an SDP body", function()
    local message = of({ "Content-Type: application/sdp" }, {
      body = sip.sdp { port = 40100, codecs = { "PCMU" }, direction = "sendonly" },
    })
    local sdp = assert(message.sdp)
    assert.equal("127.0.0.1", sdp.address)
    assert.equal(1, #sdp.media)
    assert.equal("audio", sdp.media[1].type)
    assert.equal(40100, sdp.media[1].port)
    assert.same({ "0" }, sdp.media[1].formats)
    assert.equal("sendonly", sdp.media[1].direction)
    assert.is_nil(of({}, { body = "no sdp" }).sdp)
  end)

  it("is read-only and lives as long as it is held", function()
    local message = of { "X-Keep: me" }
    bob:close()
    collectgarbage()
    assert.equal("me", message:header "X-Keep")
    assert.has_error(function() message.body = "x" end)
  end)

  it("has a body of any bytes", function()
    local body = ("\0\r\n\r\n\255"):rep(10)
    assert.equal(body, of({}, { body = body }).body)
  end)
end)
