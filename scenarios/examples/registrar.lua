-- A registrar in the script itself: a phone is tested without any PBX. It is asked
-- for its password, must not be too brief, and can be called where it registered.

local sip = require "sipwright"

local pbx <close> = assert(sip.agent { username = "pbx" })
local registrar <const> = sip.registrar { users = { alice = "secret" }, min_expires = 60 }
pbx.delegate = { on_register = function(incoming) registrar:handle(incoming) end }

local phone <close> = assert(sip.agent {
  uri = "sip:alice@" .. pbx.address, password = "secret",
})
assert(phone:register({ expires = 30 }):expect(423))
assert(phone:register({ expires = 600 }):expect "2xx")
assert(registrar:bindings("alice")[1].expires == 600)

local call = pbx:invite(registrar:lookup("alice")[1], { body = sip.sdp() })
local at_phone = assert(phone:expect "INVITE"):accept { body = sip.sdp { port = 40002 } }
local at_pbx = assert(call:expect "2xx").session
assert(at_phone:expect "ACK")
assert(at_pbx:bye():expect "2xx")

assert(phone:register({ expires = 0 }):expect "2xx")
assert(#registrar:lookup "alice" == 0)
