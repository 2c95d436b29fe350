-- SPDX-License-Identifier: MIT
-- A basic call that gives each request time to get through a bad network.

local sip = require "sipwright"

local offer <const> = sip.sdp()

return {
  options = {
    calls = 200, rate = 100, graceful_stop = 30,
    agent = { timers = { t1 = 0.25, t2 = 0.5 } },
  },

  scenario = function(call)
    local invite = call:invite(call.target, { body = offer })
    local session = assert(invite:expect("2xx", { timeout = 20 })).session
    assert(session:bye():expect("2xx", { timeout = 20 }))
  end,
}
