-- SPDX-License-Identifier: MIT
-- Waits and timers began at the loop's latest wake-up: after a second of
-- computing, sip.sleep(0.5) returned at once and requests were repeated early.

local sip = require "sipwright"

local function compute(seconds)
  local done = os.clock() + seconds
  while os.clock() < done do end
end

describe("a sleep after a long computation", function()
  for _, where in ipairs { "the main thread", "a task" } do
    it("lasts as long as it was told, in " .. where, function()
      local slept
      local function work()
        compute(0.1)
        local before = sip.now()
        sip.sleep(0.05)
        slept = sip.now() - before
      end
      if where == "a task" then
        assert(sip.spawn(work):join(10))
      else
        work()
      end
      assert.is_true(slept >= 0.05, tostring(slept))
    end)
  end
end)
