-- SPDX-License-Identifier: MIT
-- A 2xx that came when its request was disposed of was acknowledged and ended in
-- the name of the socket's first agent, whoever had sent the INVITE.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a 2xx that nobody waits for any more", function()
  local raw

  before_each(function()
    support.virtual()
    raw = support.socket()
  end)

  --- Sends an INVITE, disposes of it, lets it be answered; what comes back then.
  local function answered_late(agent, options)
    local request = agent:invite("sip:x@" .. raw.address, options)
    local invite = assert(raw:receive(1))
    raw:send(support.response_text(invite, "180 Ringing"), agent.address)
    assert(request:expect(180))
    request:dispose()
    while raw:receive(0) do end -- its CANCEL, if any
    raw:send(support.response_text(invite, "200 OK", { "Contact: <sip:x@" .. raw.address .. ">" }),
      agent.address)
    local heard = {}
    for bytes in function() return (raw:receive(0.1)) end do
      heard[#heard + 1] = bytes:match "^%u+"
    end
    return table.concat(heard, " ")
  end

  it("is ended by the agent that had called", function()
    support.agent("alice", { shared = true, auto = { fork_bye = false } })
    local bob = support.agent("bob", { shared = true })
    assert.equal("ACK BYE", answered_late(bob))
  end)

  it("is left alone where the agent said so, though another one would end it", function()
    support.agent("alice", { shared = true })
    local bob = support.agent("bob", { shared = true, auto = { fork_bye = false } })
    assert.equal("", answered_late(bob))
  end)

  it("is nobody's where its From is no agent's, and several are there", function()
    local before = sip.drops().orphan or 0
    support.agent("alice", { shared = true })
    local bob = support.agent("bob", { shared = true })
    assert.equal("", answered_late(bob, { from = "<sip:carol@127.0.0.1>" }))
    assert.equal(before + 1, sip.drops().orphan)
  end)

  it("is ended by the only agent there is, in whosever name it called", function()
    local alice = support.agent "alice"
    assert.equal("ACK BYE", answered_late(alice, { from = "<sip:carol@127.0.0.1>" }))
  end)
end)
