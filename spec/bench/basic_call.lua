-- SPDX-License-Identifier: MIT
-- One basic call without a pause, for scripts/bench: the ordinary way to write it.

local sip = require "sipwright"
local offer = sip.sdp()

return {
  options = { calls = 1000, rate = 1000 },

  scenario = function(call)
    local answer = assert(call:invite(call.target, { body = offer }):expect("2xx"))
    assert(answer.session:bye():expect("2xx"))
  end,
}
