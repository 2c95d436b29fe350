-- SPDX-License-Identifier: MIT
-- A CANCEL that was sent after long computing was repeated at once: its timers
-- began at the time of the latest wake-up.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a CANCEL after long computing", function()
  it("is not repeated before T1 has passed", function()
    local alice = support.agent "alice"
    local raw = support.socket()
    local request = alice:invite(support.uri(raw))
    local invite, from = raw:receive(2)
    local head = invite:match "^.-\r\n\r\n"
    raw:send((head:gsub("^[^\r\n]*", "SIP/2.0 180 Ringing")
      :gsub("Content%-Length: %d+", "Content-Length: 0")), from)
    assert(request:expect(180))
    local start = os.clock()
    while os.clock() - start < 0.6 do end
    request:cancel()
    sip.sleep(0.1)
    assert.matches("^CANCEL ", (raw:receive(0)))
    assert.is_nil((raw:receive(0)))
  end)
end)
