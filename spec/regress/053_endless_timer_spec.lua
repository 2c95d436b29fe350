-- SPDX-License-Identifier: MIT
-- With a T1 of math.huge seconds 64 * T1 overflowed.

local support = require "spec.support.sip_support"

describe("timers of math.huge", function()
  it("never run out", function()
    local timers = { t1 = math.huge, t2 = math.huge, t4 = math.huge }
    local alice = support.agent("alice", { timers = timers })
    local raw = support.socket()
    support.virtual()
    local request = alice:request("OPTIONS", support.uri(raw))
    local response, err = request:await(3600)
    assert.is_nil(response)
    assert.equal("timeout", err.code)
    assert.is_string(raw:receive(0))
    assert.is_nil((raw:receive(0)))
  end)
end)
