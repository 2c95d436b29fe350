-- Registers a new user with each call, without authentication, and takes the
-- binding away again.

local sip = require "sipwright"

local host <const> = sip.host(sip.target())

return {
  options = {
    calls = 1000, rate = 200,
    agent = { proxy = "sip:" .. host },
    set = { domain = host, prefix = "user", expires = 600, hold = 0.1 },
  },

  scenario = function(call)
    local user = call.set.prefix .. call.number
    local aor = ("sip:%s@%s"):format(user, call.set.domain)
    local contact = ("<sip:%s@%s>"):format(user, call.agent.address)
    local function register(expires)
      local request = call:register { from = aor, to = aor, contact = contact, expires = expires }
      assert(request:expect("2xx", { timeout = 5 }))
    end

    register(call.set.expires)
    sip.sleep(call.set.hold)
    register(0)
  end,
}
