-- SPDX-License-Identifier: MIT
-- The peer in the process, as the command's scenarios lean on it: many calls at
-- once, a registrar, calls that are routed to a phone.

local peer_module = require "sipwright.peer"
local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function with_peer(options)
  local peer = support.keep(assert(peer_module.new(options)))
  local function phone(user, password)
    return support.agent(user, {
      uri = ("sip:%s@%s"):format(user, peer.address), username = user,
      password = password or user .. "pw", proxy = "sip:" .. peer.address,
    })
  end
  return peer, phone
end

describe("the peer in the process", function()
  it("rings as long as it shall, each call for itself", function()
    local peer, phone = with_peer { ring = 0.2 }
    local alice = phone "alice"
    local first = alice:invite(peer.uri, { body = sip.sdp() })
    local second = alice:invite(peer.uri, { body = sip.sdp() })
    assert(first:expect(180, { timeout = 0.15 }))
    assert(second:expect(180, { timeout = 0.15 }))
    assert(first:cancel()):await(1)
    assert(first:expect(487))
    assert(assert(second:expect(200)).session:bye():expect(200))
  end)

  it("refuses a wrong password and an unknown one's binding for a known user", function()
    local _, phone = with_peer()
    assert.equal(403, assert(phone("alice", "wrong"):register({ expires = 60 }):await(2)).status)
    assert.equal(200, assert(phone "alice":register({ expires = 60 }):await(2)).status)
    assert.equal(200, assert(phone "stranger":register({ expires = 60 }):await(2)).status)
  end)

  it("tells the bindings and how long they last", function()
    local _, phone = with_peer()
    local alice = phone "alice"
    local response = assert(alice:register({ expires = 60 }):expect "2xx")
    assert.same({ alice.contact .. ";expires=60" }, response.message:headers "Contact")
    response = assert(alice:register({ expires = 0 }):expect "2xx")
    assert.same({}, response.message:headers "Contact")
  end)

  it("answers OPTIONS and MESSAGE, and refuses what nobody knows", function()
    local peer, phone = with_peer()
    local alice = phone "alice"
    assert(alice:request("OPTIONS", peer.uri):expect(200))
    assert(alice:message(peer.uri, { body = { "hello", "text/plain" } }):expect(200))
    assert(alice:request("FOO", peer.uri):expect(405))
  end)
end)

describe("a call through the peer", function()
  local peer, alice, bob

  before_each(function()
    local phone
    peer, phone = with_peer()
    alice, bob = phone "alice", phone "bob"
    assert(alice:register({ expires = 60 }):expect "2xx")
    assert(bob:register({ expires = 60 }):expect "2xx")
  end)

  local function ring()
    local request = assert(alice:invite(bob.uri, { body = sip.sdp() }))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    return request, incoming
  end

  local function talk()
    local request, incoming = ring()
    local at_bob = assert(incoming:accept { body = sip.sdp { port = 40002 } })
    local response = assert(request:expect "2xx")
    assert(at_bob:expect "ACK")
    return response.session, at_bob, response, incoming
  end

  it("carries both bodies, and a hang-up of the caller", function()
    local at_alice, at_bob, response, incoming = talk()
    assert.equal(sip.sdp(), incoming.message.body)
    assert.equal("application/sdp", incoming.message:header "Content-Type")
    assert.equal(sip.sdp { port = 40002 }, response.message.body)
    assert(at_alice:bye():expect "2xx")
    assert(at_bob:expect "BYE")
  end)

  it("carries a CANCEL", function()
    local request, incoming = ring()
    request:cancel()
    assert(incoming:expect("CANCEL", { timeout = 2 }))
    assert.equal(487, assert(request:await(2)).status)
    assert.equal(487, incoming.status)
  end)

  it("ends when the peer is closed", function()
    talk()
    peer:close()
    assert.has_no.errors(function() peer:close() end)
  end)
end)
