-- SPDX-License-Identifier: MIT
-- In a task, after long computing, requests and CANCELs were repeated at once:
-- their timers began at the time of the latest wake-up.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function compute(seconds)
  local start = os.clock()
  while os.clock() - start < seconds do end
end

describe("in a task, after long computing,", function()
  it("a request and its CANCEL are not repeated before T1 has passed", function()
    local alice = support.agent("alice", { timers = { t1 = 0.2 } })
    local raw = support.socket()
    local ok, first, second = sip.spawn(function()
      compute(0.3)
      local request = alice:invite(support.uri(raw))
      local invite, from = raw:receive(2)
      sip.sleep(0.05)
      local repeated = raw:receive(0)
      raw:send(support.response_text(invite, "180 Ringing"), from)
      assert(request:expect(180))
      compute(0.3)
      local cancel = request:cancel()
      assert.matches("^CANCEL ", assert(raw:receive(2)))
      sip.sleep(0.05)
      local again = raw:receive(0)
      cancel:dispose()
      request:dispose()
      return repeated or "none", again or "none"
    end):join(10)
    assert.is_true(ok, tostring(first))
    assert.equal("none", first)
    assert.equal("none", second)
  end)
end)
