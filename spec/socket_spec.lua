-- SPDX-License-Identifier: MIT
-- Raw sockets: bytes in, bytes out.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("sip.socket", function()
  it("exchanges datagrams as they are", function()
    local a, b = support.socket(), support.socket()
    assert.equal("Socket", sip.type(a))
    assert.matches("^127%.0%.0%.1:%d+$", a.address)
    local bytes = "any \0 bytes \r\n\255"
    assert.is_true(a:send(bytes, b.address))
    local got, from = b:receive(1)
    assert.equal(bytes, got)
    assert.equal(a.address, from)
  end)

  it("keeps what nobody has waited for, in order", function()
    local a, b = support.socket(), support.socket()
    for i = 1, 5 do
      a:send(tostring(i), b.address)
    end
    sip.sleep(0.01)
    for i = 1, 5 do
      assert.equal(tostring(i), (b:receive(0)))
    end
    local none, err = b:receive(0)
    assert.is_nil(none)
    assert.equal("timeout", err.code)
  end)

  it("talks SIP with an agent, byte for byte", function()
    local bob = support.agent "bob"
    local raw = support.socket()
    local text = support.request_text("OPTIONS", { uri = support.uri(bob), from = raw.address })
    raw:send(text, bob.address)
    local incoming = assert(bob:expect "OPTIONS")
    assert.equal(text, incoming.message:bytes())
    assert.equal(raw.address, incoming.remote)
    incoming:reply(200)
    local answer, from = raw:receive(1)
    assert.equal(bob.address, from)
    assert.matches("^SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP " .. raw.address .. ";branch=z9hG4bK",
      answer)
  end)

  it("works on IPv6", function()
    local a = support.keep(assert(sip.socket "udp:[::1]:0"))
    local b = support.keep(assert(sip.socket "udp:[::1]:0"))
    a:send("six", b.address)
    local got, from = b:receive(1)
    assert.equal("six", got)
    assert.equal(a.address, from)
  end)

  it("is nil and why when the port is taken", function()
    local a = support.socket()
    local b, err = sip.socket("udp:" .. a.address)
    assert.is_nil(b)
    assert.is_string(err.code)
    assert.matches(a.address, tostring(err), 1, true)
  end)

  it("ends a wait with closed", function()
    local a = assert(sip.socket "udp:127.0.0.1:0")
    local task = sip.spawn(function() return a:receive(5) end)
    sip.sleep(0)
    a:close()
    a:close()
    local ok, bytes, err = task:join(1)
    assert.is_true(ok)
    assert.is_nil(bytes)
    assert.equal("closed", err.code)
    assert.has_error(function() a:send("x", "127.0.0.1:1") end, "this socket is closed")
  end)

  it("is closed at the end of a <close> variable", function()
    local kept
    do
      local a <close> = assert(sip.socket "udp:127.0.0.1:0")
      kept = a
    end
    assert.has_error(function() kept:receive(0) end, "this socket is closed")
  end)

  it("serves several who wait, each with one datagram", function()
    local a, b = support.socket(), support.socket()
    local got = {}
    for i = 1, 3 do
      sip.spawn(function() got[i] = (b:receive(1)) end)
    end
    sip.sleep(0)
    for i = 1, 3 do
      a:send(tostring(i), b.address)
    end
    assert.is_true(sip.run(2))
    table.sort(got)
    assert.same({ "1", "2", "3" }, got)
  end)

  it("refuses what is no address", function()
    local a = support.socket()
    for _, address in ipairs { "nowhere", "127.0.0.1", "127.0.0.1:0", "localhost:5060", "" } do
      assert.has_error(function() a:send("x", address) end)
    end
    assert.has_error(function() a:receive("soon") end)
    assert.has_error(function() sip.socket "tcp:127.0.0.1:0" end)
  end)
end)
