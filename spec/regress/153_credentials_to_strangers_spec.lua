-- SPDX-License-Identifier: MIT
-- Credentials of every realm that an agent had met went out unasked to any
-- registrar and into any dialog.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function challenge(realm)
  return ('WWW-Authenticate: Digest realm="%s", nonce="n", qop="auth"'):format(realm)
end

describe("credentials unasked", function()
  local alice, home, stranger

  before_each(function()
    alice = support.agent("alice", { password = "secret" })
    home, stranger = support.socket(), support.socket()
  end)

  --- Registers there; the first request as it came.
  local function register(socket, realm)
    local request = alice:register { registrar = "sip:" .. socket.address }
    local first = assert(socket:receive(2))
    if realm then
      socket:send(support.response_text(first, "401 Unauthorized", { challenge(realm) }),
        alice.address)
      local second = assert(socket:receive(2))
      socket:send(support.response_text(second, "200 OK"), alice.address)
    else
      socket:send(support.response_text(first, "200 OK"), alice.address)
    end
    assert.equal(200, assert(request:await(2)).status)
    return first
  end

  it("go to the registrar that has asked for them, and to no other", function()
    assert.is_nil(register(home, "home"):find("\r\nAuthorization:", 1, true))
    assert.matches('\r\nAuthorization: Digest [^\r]*realm="home"', register(home))
    assert.is_nil(register(stranger):find("\r\nAuthorization:", 1, true))
  end)

  it("go into the dialog that they were asked for in, and into no other", function()
    local function call(socket, realm)
      local request = alice:invite("sip:x@" .. socket.address, { body = sip.sdp() })
      local invite = assert(socket:receive(2))
      if realm then
        socket:send(support.response_text(invite, "401 Unauthorized", { challenge(realm) }),
          alice.address)
        assert.matches("^ACK ", assert(socket:receive(2)))
        invite = assert(socket:receive(2))
      end
      -- what follows goes elsewhere: to a host of another name
      socket:send(support.response_text(invite, "200 OK",
        { ("Contact: <sip:x@localhost:%s>"):format(socket.address:match "%d+$") }), alice.address)
      local session = assert(request:await(2)).session
      assert.matches("^ACK ", assert(socket:receive(2)))
      session:info():dispose()
      local info = assert(socket:receive(2))
      session:dispose()
      return info
    end
    assert.matches('\r\nAuthorization: Digest [^\r]*realm="home"', call(home, "home"))
    assert.is_nil(call(stranger):find("\r\nAuthorization:", 1, true))
  end)
end)
