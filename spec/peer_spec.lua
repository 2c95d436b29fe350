-- SPDX-License-Identifier: MIT
-- The peer inside the process: it answers, registers, and connects.

local sip = require "sipwright"
local peers = require "sipwright.peer"
local support = require "spec.support.sip_support"

describe("the embedded peer", function()
  local peer

  before_each(function()
    support.virtual()
    peer = support.keep(assert(peers.new { users = { alice = "apw", bob = "bpw" } }))
  end)

  local function phone(name, password)
    return support.agent(nil, {
      uri = ("sip:%s@%s"):format(name, peer.address), password = password,
      proxy = "sip:" .. peer.address,
    })
  end

  it("answers its own calls with 180 and 200", function()
    local alice = support.agent "alice"
    local request = alice:invite(peer.uri, { body = sip.sdp() })
    assert(request:expect(180))
    local response = assert(request:expect "2xx")
    assert.matches("m=audio", response.message.body, 1, true)
    assert(response.session:bye():expect "2xx")
    assert.equal("Peer " .. peer.address, tostring(peer))
  end)

  it("rings as long as it is told, and hears a CANCEL", function()
    peer:configure { ring = 2 }
    local alice = support.agent "alice"
    local begun = sip.now()
    local request = alice:invite(peer.uri, { body = sip.sdp() })
    local session = assert(request:expect("2xx", { timeout = 5 })).session
    assert.near(2, sip.now() - begun, 0.01)
    assert(session:bye():expect "2xx")
    local second = alice:invite(peer.uri)
    assert(second:expect(180))
    second:cancel()
    assert.equal(487, assert(second:await(1)).status)
  end)

  it("knows who is who: 404, 480, and what it plays", function()
    local alice = support.agent "alice"
    local at = "@" .. peer.address
    assert.equal(404, assert(alice:invite("sip:nobody" .. at):await(5)).status)
    assert.equal(480, assert(alice:invite("sip:bob" .. at):await(5)).status)
    peer:configure { answer = { "desk" } }
    local response = assert(alice:invite("sip:desk" .. at, { body = sip.sdp() }):await(5))
    assert.equal(200, response.status)
    assert(response.session:bye():await(5))
  end)

  it("connects two registered phones, end to end", function()
    local alice, bob = phone("alice", "apw"), phone("bob", "bpw")
    assert(alice:register({ expires = 60 }):expect "2xx")
    assert(bob:register({ expires = 60 }):expect "2xx")
    local request = alice:invite("sip:bob@" .. peer.address, { body = sip.sdp { port = 41000 } })
    local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
    assert.equal(41000, incoming.message.sdp.media[1].port)
    incoming:progress(180)
    assert(request:expect(180))
    local b = incoming:accept { body = sip.sdp { port = 42000 } }
    local response = assert(request:expect "2xx")
    assert.equal(42000, response.message.sdp.media[1].port)
    assert(b:expect "ACK")
    assert(response.session:bye():expect "2xx")
    assert(b:expect "BYE")
  end)

  it("passes refusal, cancel and the callee's BYE on", function()
    local alice, bob = phone("alice", "apw"), phone("bob", "bpw")
    assert(bob:register({ expires = 60 }):expect "2xx")
    local uri = "sip:bob@" .. peer.address
    local request = alice:invite(uri)
    assert(bob:expect "INVITE"):reject(486)
    assert.equal(486, assert(request:await(5)).status)

    request = alice:invite(uri)
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    request:cancel()
    assert.equal(487, assert(request:await(5)).status)
    assert(incoming:expect "CANCEL")

    request = alice:invite(uri, { body = sip.sdp() })
    local b = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    local a = assert(request:expect "2xx").session
    assert(b:expect "ACK")
    assert(b:bye():expect "2xx")
    assert(a:expect "BYE")
  end)

  it("forgets bindings that expire", function()
    local bob = phone("bob", "bpw")
    assert(bob:register({ expires = 60 }):expect "2xx")
    assert.equal(1, #peer.registrar:lookup "bob")
    sip.sleep(61)
    assert.same({}, peer.registrar:lookup "bob")
    local alice = support.agent "alice"
    assert.equal(480, assert(alice:invite("sip:bob@" .. peer.address):await(5)).status)
  end)

  it("counts apart from us", function()
    local alice = support.agent "alice"
    local ours, theirs = sip.counters().sent, sip.counters("peer").sent
    assert.equal(200, assert(alice:request("OPTIONS", peer.uri):await(5)).status)
    assert.equal(ours + 1, sip.counters().sent)
    assert.equal(theirs + 1, sip.counters("peer").sent)
  end)

  it("refuses options it does not know, and a port that is taken", function()
    assert.error_matches(function() peers.new { user = {} } end,
      'unknown option "user" (did you mean "users"?)', 1, true)
    local raw = support.socket()
    local none, err = peers.new { listen = "udp:" .. raw.address }
    assert.is_nil(none)
    assert.matches(raw.address, tostring(err), 1, true)
  end)
end)
