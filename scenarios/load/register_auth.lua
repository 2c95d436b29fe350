-- Registers a user with digest authentication, refreshes the binding, and takes
-- it away again; each REGISTER is challenged anew.

local sip = require "sipwright"

local host <const> = sip.host(sip.target())

return {
  options = {
    calls = 500, rate = 100,
    agent = { proxy = "sip:" .. host, auto = { preempt = false } },
    set = { domain = host, user = "alice", password = "alicepw", expires = 600 },
  },

  scenario = function(call)
    local set = call.set
    local aor = ("sip:%s@%s"):format(set.user, set.domain)
    local function register(expires)
      local request = call:register {
        from = aor, to = aor, auth = { set.user, set.password }, expires = expires,
      }
      assert(request:expect("2xx", { timeout = 5 }))
    end

    register(set.expires)
    register(set.expires)
    register(0)
  end,
}
