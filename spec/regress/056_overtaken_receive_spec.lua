-- SPDX-License-Identifier: MIT
-- A receive that was woken for a datagram which another receive then took gave
-- up with "timeout" at once.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a receive that is overtaken", function()
  it("waits for the rest of its time", function()
    local raw, out = support.socket(), support.socket()
    sip.spawn(function()
      raw:receive(1)
      raw:receive(1)
    end)
    local second = sip.spawn(function()
      return raw:receive(1)
    end)
    sip.sleep(0)
    for _, text in ipairs { "one", "two" } do
      out:send(text, raw.address)
    end
    sip.sleep(0.02)
    out:send("three", raw.address)
    local ok, text = second:join(2)
    assert.is_true(ok)
    assert.equal("three", text)
  end)
end)
