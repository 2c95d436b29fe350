-- Puts a call on hold and takes it back, by re-INVITE; then the other side does
-- the same, by UPDATE.

local sip = require "sipwright"

local alice <close> = assert(sip.agent { username = "alice" })
local bob <close> = assert(sip.agent { username = "bob" })

local call = alice:invite(bob.uri, { body = sip.sdp() })
local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
local at_bob = assert(incoming:accept { body = sip.sdp() })
local at_alice = assert(call:expect("2xx", { timeout = 5 })).session
assert(at_bob:expect("ACK", { timeout = 5 }))

local version = 1 -- of the SDP: each new one has the next (RFC 3264 8)

--- Offers a direction with `method`; the other side agrees.
local function offer(from, to, method, direction, agreed)
  version = version + 1
  local request = assert(from:request(method, {
    body = sip.sdp { direction = direction, version = version },
  }))
  local offered = assert(to:expect(method, { timeout = 5 }))
  assert(offered.message.sdp.media[1].direction == direction)
  offered:accept { body = sip.sdp { direction = agreed, version = version } }

  local answer = assert(request:expect("2xx", { timeout = 5 })).message.sdp
  assert(answer.media[1].direction == agreed)
  if method == "INVITE" then
    assert(to:expect("ACK", { timeout = 5 }))
  end
  assert(from.signaling == "stable" and to.signaling == "stable")
end

offer(at_alice, at_bob, "INVITE", "sendonly", "recvonly")
offer(at_alice, at_bob, "INVITE", "sendrecv", "sendrecv")
offer(at_bob, at_alice, "UPDATE", "inactive", "inactive")
offer(at_bob, at_alice, "UPDATE", "sendrecv", "sendrecv")

assert(at_alice:bye():expect("2xx", { timeout = 5 }))
assert(at_bob:expect("BYE", { timeout = 5 }))
