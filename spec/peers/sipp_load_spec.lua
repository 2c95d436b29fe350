-- SPDX-License-Identifier: MIT
-- 5,000 calls at 500 a second between the command and SIPp, in both directions:
-- each side's own numbers must show that nothing went wrong.

local command = require "spec.peers.command"
local sipp = require "spec.peers.sipp"
local world = require "spec.peers.world"

local CALLS <const> = 5000
local RATE <const> = 500

describe("under load", function()
  it("calls sipp -sn uas 5,000 times at 500 a second", world.example(function(at)
    local uas, port = sipp.uas(at, "uas", CALLS)

    local run = command.run(at, "scenarios/load/basic_call.lua", {
      "--target", "sip:service@127.0.0.1:" .. port, "--calls", CALLS, "--rate", RATE,
    }, 60)
    local code = uas:finish(15)
    local counted = sipp.statistics(uas)

    assert.equal(0, run.code, run.output)
    assert.equal(CALLS, run.summary.calls.succeeded)
    assert.equal(0, run.summary.calls.failed + run.summary.calls.dropped)
    assert.equal(0, run.summary.messages.retransmitted)
    assert.equal(0, run.summary.messages.absorbed)
    assert.equal(CALLS * 3, run.summary.messages.sent) -- INVITE ACK BYE
    assert.is_true(run.summary.wall < CALLS / RATE + 2, "the rate was not kept")
    assert.equal("", sipp.troubles(counted))
    assert.equal(CALLS, counted["IncomingCall(C)"])
    assert.equal(CALLS, counted["SuccessfulCall(C)"])
    assert.equal(0, code)
  end))

  it("answers sipp -sn uac 5,000 times at 500 a second", world.example(function(at)
    local port = world.free_port()
    local served = command.serve(at, "scenarios/examples/uas.lua", port)

    local uac = sipp.uac(at, "uac", "127.0.0.1:" .. port, {
      "-m", CALLS, "-r", RATE, "-d", "100",
    })
    local code = uac:finish(60)
    local run = served.stop()
    local counted = sipp.statistics(uac)

    assert.equal("", sipp.troubles(counted))
    assert.equal(CALLS, counted["OutgoingCall(C)"])
    assert.equal(CALLS, counted["SuccessfulCall(C)"])
    assert.equal(0, code)
    assert.equal(CALLS, run.summary.calls.succeeded, run.output)
    assert.equal(0, run.summary.calls.failed + run.summary.calls.dropped)
    assert.equal(0, run.summary.messages.retransmitted)
    assert.equal(0, run.summary.messages.absorbed)
    assert.equal(0, run.code)
  end))
end)
