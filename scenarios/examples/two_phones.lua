-- Registers two phones at a registrar and calls one from the other, through it.
--
-- --set domain=…, alice_password=…, bob_password=… fit it to your registrar.

local sip = require "sipwright"

local host <const> = sip.host(sip.target())
local domain <const> = sip.set.domain or host

local function phone(user)
  return assert(sip.agent {
    uri = ("sip:%s@%s"):format(user, domain),
    username = user,
    password = sip.set[user .. "_password"] or user .. "pw",
    proxy = "sip:" .. host,
  })
end

local alice <close> = phone "alice"
local bob <close> = phone "bob"

for _, agent in ipairs { alice, bob } do
  assert(agent:register({ expires = 600 }):expect("2xx", { timeout = 5 }))
end

local call = alice:invite(bob.uri, { body = sip.sdp() })
local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
incoming:progress(180)
assert(call:expect(180, { timeout = 5 }))

local at_bob = assert(incoming:accept { body = sip.sdp { port = 40002 } })
local at_alice = assert(call:expect("2xx", { timeout = 5 })).session
assert(at_bob:expect("ACK", { timeout = 5 }))

assert(at_alice:bye():expect("2xx", { timeout = 5 }))
assert(at_bob:expect("BYE", { timeout = 5 }))

for _, agent in ipairs { alice, bob } do
  assert(agent:register({ expires = 0 }):expect("2xx", { timeout = 5 }))
end
