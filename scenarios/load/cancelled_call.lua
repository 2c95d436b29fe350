-- A caller who gives up: INVITE, 180, CANCEL, and the 487 that ends it. Where
-- the answer is faster than the CANCEL, the call is counted and hung up.

local sip = require "sipwright"

local offer <const> = sip.sdp()

return {
  options = { calls = 500, rate = 100, set = { patience = 0.05 }, peer = { ring = 10 } },

  scenario = function(call)
    local invite = call:invite(call.target, { body = offer })
    invite:expect({ 180, 183, "2xx" }, { timeout = 10 })
    sip.sleep(call.set.patience)
    invite:cancel()
    local response = assert(invite:await(10))
    if response.ok then
      call:count "answered before the CANCEL"
      assert(response.session:bye():expect("2xx", { timeout = 5 }))
    else
      assert(response.status == 487, tostring(response))
    end
  end,
}
