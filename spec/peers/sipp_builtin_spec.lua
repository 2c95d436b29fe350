-- SPDX-License-Identifier: MIT
-- The scenarios that are built into SIPp (`sipp -sd NAME` prints them) as peers
-- of agents. SIPp's own account of it decides: its exit code, and the last row
-- of its statistics.

local sip = require "sipwright"
local sipp = require "spec.peers.sipp"
local support = require "spec.support.sip_support"
local world = require "spec.peers.world"

local function at_sipp(port, user)
  return ("sip:%s@127.0.0.1:%d"):format(user or "service", port)
end

describe("sipp -sn", function()
  -- REGISTER, then INVITE with the same Call-ID and CSeq, both of "ua1"; ACK.
  -- Where the From of the 200 says "ua25" it hangs up at once, else after 5 s.
  it("branchc registers, calls and takes the branch that the 200 asks for",
    world.example(function(at)
      local bob = support.agent "bob"
      local branchc = sipp.uac(at, "branchc", bob.address, { "-m", 1 })

      local register = assert(bob:expect("REGISTER", { timeout = 5 }))
      assert.equal("300", register.message:header "Expires")
      assert(register:accept())
      local invite = assert(bob:expect("INVITE", { timeout = 5 }))
      assert.equal(register.message.call_id, invite.message.call_id)
      local from = invite.message.from
      local session = assert(invite:accept {
        body = sip.sdp(), headers = { replace = { From = (from:gsub("^ua%d+", "ua25")) } },
      })
      local ack = assert(session:expect "ACK")
      local bye = assert(session:expect("BYE", { timeout = 4 }))
      assert.is_true(bye.message.time - ack.message.time < 1)

      sipp.succeeded(branchc, 1)
    end))

  -- After a 403 it sends no ACK but a BYE with the To tag of the 403, and
  -- wants 200 for it.
  it("branchc hangs up a call that was refused", world.example(function(at)
    local bob = support.agent("bob", { auto = { stray = false } })
    local branchc = sipp.uac(at, "branchc", bob.address, { "-m", 1 })

    assert(assert(bob:expect("REGISTER", { timeout = 5 })):accept())
    local invite = assert(bob:expect("INVITE", { timeout = 5 }))
    assert(invite:reject(403, { to_tag = "refused" }))
    local bye = assert(bob:expect("BYE", { timeout = 5 }))
    assert.equal("refused", bye.message.to_tag)
    assert(bye:accept())

    -- our 403, which nobody acknowledges, in the 4 s in which SIPp still listens
    sipp.succeeded(branchc, 1, "Retransmissions(C) 3")
  end))

  -- Takes REGISTER and INVITE of one Call-ID. Where the From of the INVITE
  -- says "ua2": 180, then 100, 200.
  it("branchs is registered at and called", world.example(function(at)
    local branchs, port = sipp.uas(at, "branchs", 1)
    local alice = support.agent "alice"
    local from = "ua2 <sip:ua2@127.0.0.1>"

    local register = assert(alice:register { registrar = at_sipp(port), from = from })
    assert(register:expect "2xx")
    local call = alice:invite(at_sipp(port), {
      call_id = register.message.call_id, from = from, body = sip.sdp(),
    })
    local ringing = assert(call:expect(180))
    assert(call:expect(100)) -- late, but so it is
    local session = assert(call:expect "2xx").session
    assert.equal(session.remote_tag, ringing.message.to_tag)
    assert(session:bye():expect "2xx")

    sipp.succeeded(branchs, 1)
  end))

  -- 403 for anybody else; then it waits for a BYE all the same.
  it("branchs refuses, and is sent the BYE it waits for", world.example(function(at)
    local branchs, port = sipp.uas(at, "branchs", 1)
    local alice = support.agent "alice"

    local register = assert(alice:register { registrar = at_sipp(port) })
    assert(register:expect "2xx")
    local call_id = register.message.call_id
    local call = alice:invite(at_sipp(port), { call_id = call_id, body = sip.sdp() })
    local refused = assert(call:expect(403))
    local bye = assert(alice:request("BYE", at_sipp(port), {
      call_id = call_id, to = refused.message:header "To", cseq = 3,
    }))
    assert(bye:expect "2xx")

    sipp.succeeded(branchs, 1)
  end))

  -- Finds an address, the Contact and the numbers of the o= line in the 200,
  -- and says in its ACK what it found.
  it("regexp finds in our 200 what it looks for", world.example(function(at)
    local bob = support.agent "bob"
    local regexp = sipp.uac(at, "regexp", bob.address, { "-m", 1 })

    local invite = assert(bob:expect("INVITE", { timeout = 5 }))
    local session = invite:accept {
      body = sip.sdp { user = "bob", session_id = 4711, version = 42 },
    }
    local ack = assert(session:expect "ACK").message
    assert.equal(invite.message:header "Via":match "[%d.]+:%d+", ack:header "retrievedIp")
    assert.truthy(ack:header "retrievedContact":find(bob.address, 1, true))
    assert.equal("o=bob 4711 42", ack:header "retrievedSdpOrigin")
    assert.equal("4711", ack:header "retrievedSdpOrigin-session-id")
    assert(session:expect("BYE", { timeout = 5 }))

    sipp.succeeded(regexp, 1)
  end))
end)

-- RFC 3725, flow I: both ends of a call are SIPp's, we are the controller.
describe("sipp -sn 3pcc-A and 3pcc-B", function()
  -- Both: INVITE, 200 with an SDP, ACK, BYE, 200.
  it("are connected by a controller with two dialogs", world.example(function(at)
    local a, port_a = sipp.uas(at, "3pcc-A", 1)
    local b, port_b = sipp.uas(at, "3pcc-B", 1)
    local controller = support.agent("controller", { auto = { ack = false } })

    local to_a = controller:invite(at_sipp(port_a, "a"))
    local of_a = assert(to_a:expect "2xx")
    assert.equal("", to_a.message.body) -- no offer: it comes in A's 200
    assert.equal("audio", of_a.message.sdp.media[1].type)

    local to_b = controller:invite(at_sipp(port_b, "b"), { body = of_a.message.body })
    local of_b = assert(to_b:expect "2xx")
    assert(of_b:ack())
    assert(of_a:ack { body = of_b.message.body })

    for _, response in ipairs { of_a, of_b } do
      assert.equal("confirmed", response.session.state)
      assert(response.session:bye():expect "2xx")
    end
    sipp.succeeded(a, 1)
    sipp.succeeded(b, 1)
  end))
end)

describe("sipp -oocsn ooc_default", function()
  -- Whatever comes outside of its calls gets a 200, without a To tag.
  it("answers requests out of the call that it has made", world.example(function(at)
    local bob = support.agent "bob"
    local uac = sipp.uac(at, "uac", bob.address, {
      "-m", 1, "-d", 1000, "-oocsn", "ooc_default",
    })
    local invite = assert(bob:expect("INVITE", { timeout = 5 }))
    local session = invite:accept { body = sip.sdp() }
    assert(session:expect "ACK")

    local there = "sip:sipp@" .. invite.remote
    for _, method in ipairs { "OPTIONS", "MESSAGE", "INFO", "NOTIFY" } do
      local request = assert(bob:request(method, there))
      assert.is_nil(assert(request:expect "2xx").message.to_tag)
    end
    assert(session:expect("BYE", { timeout = 5 }))

    sipp.succeeded(uac, 1, "Warnings(C) 8") -- two for each of the four
  end))
end)
