-- SPDX-License-Identifier: MIT
-- sip.drops and sip.on_drop: what went no further, and why.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("sip.on_drop", function()
  local bob, raw

  before_each(function()
    bob, raw = support.agent "bob", support.socket()
  end)

  after_each(function()
    sip.on_drop(nil)
  end)

  it("hears reason, bytes, sender and side; sip.drops counts", function()
    local heard = {}
    sip.on_drop(function(...) heard[#heard + 1] = { ... } end)
    local before = sip.drops()
    local texts = {
      garbage = "no SIP at all",
      ["keep-alive"] = "\r\n\r\n",
      ["no-via"] = "BYE sip:bob@127.0.0.1 SIP/2.0\r\nCall-ID: x\r\n\r\n",
      stray = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKno\r\nCSeq: 1 BYE\r\n\r\n",
      ["stray-ack"] = support.request_text("ACK", { uri = support.uri(bob), from = raw.address }),
    }
    for reason, text in pairs(texts) do
      heard = {}
      raw:send(text, bob.address)
      sip.sleep(0.02)
      assert.same({ { reason, text, raw.address, "own" } }, heard)
      assert.equal((before[reason] or 0) + 1, sip.drops()[reason])
    end
  end)

  it("may do what it likes, but not wait", function()
    local errors = support.errors()
    local count = 0
    sip.on_drop(function()
      count = count + 1
      if count == 1 then
        sip.sleep(1)
      end
      bob:close()
    end)
    raw:send("x", bob.address)
    raw:send("y", bob.address)
    sip.sleep(0.02)
    assert.equal(2, count)
    assert.equal(1, #errors)
    assert.matches("cannot wait here", errors[1], 1, true)
    assert.is_true(bob.closed)
  end)

  it("hears of each of many", function()
    local heard = 0
    local before = sip.drops().garbage or 0
    sip.on_drop(function() heard = heard + 1 end)
    for _ = 1, 4 do
      for _ = 1, 25 do
        raw:send("flood", bob.address)
      end
      sip.sleep(0.01)
    end
    sip.sleep(0.05)
    assert.equal(100, sip.drops().garbage - before)
    assert.equal(100, heard)
  end)

  it("is silent again after nil, and refuses what is no function", function()
    local heard = 0
    sip.on_drop(function() heard = heard + 1 end)
    assert.has_error(function() sip.on_drop "x" end)
    raw:send("x", bob.address)
    sip.sleep(0.02)
    sip.on_drop(nil)
    raw:send("x", bob.address)
    sip.sleep(0.02)
    assert.equal(1, heard)
  end)
end)
