-- SPDX-License-Identifier: MIT
-- Where an answer goes, and what its Via says of that: RFC 3261 18.2, RFC 3581.

local support = require "spec.support.sip_support"

local function port_of(address)
  return address:match ":(%d+)$"
end

describe("an answer", function()
  local bob, here, there

  before_each(function()
    bob, here, there = support.agent "bob", support.socket(), support.socket()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
  end)

  local calls = 0

  --- Sends a MESSAGE from `here` with that sent-by and those parameters; the top
  --- Via of the answer, by whichever socket got it.
  local function answered(sent_by, parameters, socket)
    calls = calls + 1
    here:send((support.request_text("MESSAGE", {
      uri = support.uri(bob), from = "FROM", call_id = "via-" .. calls,
    }):gsub("(Via: SIP/2.0/UDP )FROM(;branch=[^\r]*)", function(front, branch)
      return front .. sent_by .. branch .. (parameters or "")
    end)), bob.address)
    local bytes, from = socket:receive(1)
    assert.equal(bob.address, from)
    return bytes:match "\r\nVia: SIP/2.0/UDP ([^\r]*)"
  end

  it("goes to the port of the sent-by, at the host it came from", function()
    local via = answered("127.0.0.1:" .. port_of(there.address), nil, there)
    assert.is_nil(via:find("received", 1, true))
    via = answered("phone.invalid:" .. port_of(there.address), nil, there)
    assert.matches(";received=127.0.0.1", via, 1, true)
    via = answered("192.0.2.1:" .. port_of(there.address), nil, there)
    assert.matches(";received=127.0.0.1", via, 1, true)
  end)

  it("goes to the port it came from with rport", function()
    local via = answered("127.0.0.1:" .. port_of(there.address), ";rport", here)
    assert.matches(";rport=" .. port_of(here.address), via, 1, true)
    assert.matches(";received=127.0.0.1", via, 1, true)
    via = answered("phone.invalid", ";rport", here)
    assert.matches(";rport=" .. port_of(here.address), via, 1, true)
  end)

  it("goes to maddr first of all, at the port of the sent-by", function()
    local via = answered("phone.invalid:" .. port_of(there.address),
      ";maddr=127.0.0.1;rport", there)
    assert.matches(";maddr=127.0.0.1;", via .. ";", 1, true)
  end)

  it("goes where it came from when maddr is a name, or of the other family", function()
    for _, maddr in ipairs { "phone.invalid", "[::1]", "::1" } do
      answered("127.0.0.1:" .. port_of(there.address), ";rport;maddr=" .. maddr, here)
    end
  end)

  it("says the source to a peer that lies, whatever received it gave", function()
    local via = answered("192.0.2.1:" .. port_of(there.address), ";received=192.0.2.7", there)
    assert.matches(";received=127.0.0.1", via, 1, true)
    assert.equal(1, select(2, via:gsub("received=", "")), via)
  end)
end)
