-- SPDX-License-Identifier: MIT
-- A full collection at each entry into a binding changes nothing.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("gc_stress", function()
  after_each(function()
    sip.gc_stress(os.getenv "SIPWRIGHT_GC_STRESS" == "1")
  end)

  it("collects at entries into bindings, and counts it", function()
    local alice = support.agent "alice"
    local before = sip.gc_stress(true)
    local weak = setmetatable({ {} }, { __mode = "v" })
    assert.is_string(alice.uri)
    assert.is_nil(weak[1])
    assert.is_true(sip.gc_stress() > before)
    sip.gc_stress(false)
    local off = sip.gc_stress()
    weak[1] = {}
    assert.is_string(alice.uri)
    assert.equal(off, sip.gc_stress())
  end)

  it("leaves a whole call as it is, with delegates and waits", function()
    local before = sip.gc_stress(true)
    local alice, bob = support.pair()
    local notes = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:accept({ body = sip.sdp() }).delegate = {
        on_ack = function(ack) notes[#notes + 1] = ack.method end,
        on_info = function(info) notes[#notes + 1] = info.message.body end,
        on_end = function(cause) notes[#notes + 1] = cause end,
      }
    end }
    local request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_progress = function(response) notes[#notes + 1] = tostring(response) end,
      on_accept = function(response) notes[#notes + 1] = response.message.reason end,
    })
    assert(request:expect(180))
    local session = assert(request:expect "2xx").session
    assert.equal(200, assert(session:request("INFO", { body = { "1", "text/plain" } })
      :await(5)).status)
    assert.equal(200, assert(session:bye():await(5)).status)
    sip.sleep(0.01)
    table.sort(notes)
    assert.same({ "1", "180 Ringing", "ACK", "OK", "bye received" }, notes)
    assert.is_true(sip.gc_stress() - before > 20, tostring(sip.gc_stress() - before))
  end)

  it("collects nothing that is still needed when only the engine holds it", function()
    sip.gc_stress(true)
    local alice, bob = support.pair()
    local accepted, ended = 0, 0
    bob.delegate = { on_invite = function(incoming)
      incoming:accept({ body = sip.sdp() }).delegate = {
        on_end = function() ended = ended + 1 end,
      }
    end }
    for _ = 1, 10 do
      alice:invite(support.uri(bob), { body = sip.sdp() }, {
        on_accept = function(response)
          accepted = accepted + 1
          response.session:bye()
        end,
      })
    end
    for _ = 1, 200 do
      sip.sleep(0.01)
      if ended == 10 then
        break
      end
    end
    assert.equal(10, accepted)
    assert.equal(10, ended)
  end)

  it("does not count inside finalizers, where Lua refuses to collect", function()
    local alice = support.agent "alice"
    local done
    setmetatable({}, { __gc = function() done = alice.uri end })
    sip.gc_stress(true)
    collectgarbage()
    assert.equal(alice.uri, done)
  end)
end)
