-- Transfers a call after asking back: alice talks to bob, calls carol, and then
-- refers bob to her. His INVITE takes the place of alice's call (RFC 3891).

local sip = require "sipwright"

local function phone(name)
  return assert(sip.agent { username = name })
end

local alice <close> = phone "alice"
local bob <close> = phone "bob"
local carol <close> = phone "carol"

--- `uri` may be a whole Refer-To; its Replaces becomes a line of the INVITE.
local function call(from, to, uri)
  local request = from:invite(uri or to.uri, { body = sip.sdp() })
  local incoming = assert(to:expect("INVITE", { timeout = 5 }))
  local there = assert(incoming:accept { body = sip.sdp() })
  local here = assert(request:expect("2xx", { timeout = 5 })).session
  assert(there:expect("ACK", { timeout = 5 }))
  return here, there, incoming
end

local with_bob, at_bob = call(alice, bob)
local with_carol, at_carol = call(alice, carol)

-- Referred to a session, not to a URI: that is what makes it attended.
local refer = with_bob:refer(with_carol)
local asked = assert(at_bob:expect("REFER", { timeout = 5 }))
local progress = asked:accept() -- 202, and the subscription to what comes of it
assert(progress:notify { body = "SIP/2.0 100 Trying" }:expect("2xx", { timeout = 5 }))

local bob_to_carol, _, incoming = call(bob, carol, asked.refer_to)
assert(incoming.replaces == at_carol)
assert(with_carol:expect("BYE", { timeout = 5 })) -- carol's engine ends the old one

progress:notify { state = "terminated", reason = "noresource", body = "SIP/2.0 200 OK" }
assert(refer:expect("NOTIFY", { timeout = 5 })) -- 100 Trying
local result = assert(refer:expect("NOTIFY", { timeout = 5 }))
assert(result.message.body == "SIP/2.0 200 OK")

assert(with_bob:bye():expect("2xx", { timeout = 5 }))
assert(bob_to_carol:bye():expect("2xx", { timeout = 5 }))
