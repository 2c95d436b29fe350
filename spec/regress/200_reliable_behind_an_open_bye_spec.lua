-- SPDX-License-Identifier: MIT
-- A callee that changed its To tag while a BYE of the early session had no answer
-- left the reliable response repeating: of an INVITE that was freed by then.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

describe("a reliable response of a fork that a BYE has left", function()
  it("is repeated no longer once the INVITE answers with another tag", function()
    support.virtual()
    local raw, bob = support.socket(), support.agent("bob", { auto = { bye = false } })
    local function send(method, cseq, to)
      raw:send(support.request_text(method, {
        uri = support.uri(bob), from = raw.address, cseq = cseq, to = to,
        headers = { "Supported: 100rel" },
      }), bob.address)
    end
    local function words()
      local seen = {}
      for text in function() return (raw:receive(0)) end do
        seen[#seen + 1] = text:sub(1, 11)
      end
      return seen
    end

    send("INVITE", 1)
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(183, { reliable = true })
    local session = incoming.session
    send("BYE", 2, RawCall.header(assert(raw:receive(2)), "To"))
    local bye = assert(session:expect "BYE")
    incoming:progress(180, { to_tag = "other" })
    incoming:reject(486)
    incoming = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    sip.sleep(0.01)
    assert.same({ "SIP/2.0 180", "SIP/2.0 486" }, words())
    sip.sleep(3)
    for _, word in ipairs(words()) do
      assert.equal("SIP/2.0 486", word)
    end
    bye:accept()
    assert.equal("ended", session.state)
  end)
end)
