-- A basic call: INVITE, answer, ACK, a moment of talk, BYE.

local sip = require "sipwright"

local offer <const> = sip.sdp()

return {
  options = { calls = 1000, rate = 200, set = { talk = 0.1 } },

  scenario = function(call)
    local invite = call:invite(call.target, { body = offer })
    local session = assert(invite:expect("2xx", { timeout = 10 })).session
    sip.sleep(call.set.talk)
    assert(session:bye():expect("2xx", { timeout = 5 }))
  end,
}
