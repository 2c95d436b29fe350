-- SPDX-License-Identifier: MIT
-- A second handler of a signal was added to the first, and nil, which takes it
-- off, was refused.

local sip = require "sipwright"

describe("sip.on_signal", function()
  after_each(function()
    sip.on_signal "USR2"
  end)

  it("has one handler for each signal, and nil takes it off", function()
    local heard = {}
    sip.on_signal("USR2", function() heard[#heard + 1] = "first" end)
    sip.on_signal("USR2", nil)
    sip.on_signal("USR2", function() heard[#heard + 1] = "second" end)
    sip.on_signal("USR2", function() heard[#heard + 1] = "third" end)
    os.execute "kill -USR2 $PPID"
    sip.sleep(0.05)
    assert.same({ "third" }, heard)
  end)

  it("refuses what is no signal and no function", function()
    assert.has_error(function() sip.on_signal("KILL", print) end)
    assert.has_error(function() sip.on_signal("USR2", 5) end)
  end)
end)
