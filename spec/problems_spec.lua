-- SPDX-License-Identifier: MIT
-- Responses that others drop in silence: they arrive, and say what is wrong
-- with them.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a response with something wrong", function()
  local alice, callee, target

  before_each(function()
    alice = support.agent "alice"
    callee = support.socket()
    target = "sip:bob@" .. callee.address
  end)

  --- Sends a response, changed by patterns and what takes their place.
  local function answer(text, status_line, changes)
    local bytes = support.response_text(text, status_line,
      { ("Contact: <sip:bob@%s>"):format(callee.address) })
    for from, to in pairs(changes or {}) do
      local n
      bytes, n = bytes:gsub(from, to)
      assert.equal(1, n)
    end
    callee:send(bytes, alice.address)
  end

  local NO_TAG <const> = { [";tag=rawtag"] = "" }
  local NO_CONTACT <const> = { ["Contact: [^\r]*\r\n"] = "" }

  local function invite(delegate)
    local request = alice:invite(target, { body = sip.sdp() }, delegate)
    return request, assert(callee:receive(2))
  end

  it("has no problems when nothing is wrong", function()
    local request, text = invite()
    answer(text, "100 Trying", NO_TAG)
    answer(text, "180 Ringing")
    answer(text, "486 Busy Here", NO_CONTACT)
    assert.same({}, assert(request:expect(100)).problems)
    assert.same({}, assert(request:expect(180)).problems)
    assert.same({}, assert(request:await(2)).problems)
  end)

  it("has none when the engine made it up", function()
    support.virtual()
    local response = assert(alice:message(target, { body = "x" }):await(40))
    assert.is_true(response.synthetic)
    assert.same({}, response.problems)
    assert.is_false(response.reliable)
    assert.is_nil(response.rseq)
  end)

  it("is told of without a To tag: no session comes of a 180", function()
    local notes = {}
    local request, text = invite { on_progress = function(response)
      notes[#notes + 1] = response.problems[1]
    end }
    answer(text, "180 Ringing", NO_TAG)
    local response = assert(request:expect(180))
    assert.same({ "no-to-tag" }, response.problems)
    assert.is_nil(response.session)
    answer(text, "404 Not Found", NO_TAG)
    assert.same({ "no-to-tag" }, assert(request:await(2)).problems)
    sip.sleep(0.01)
    assert.same({ "no-to-tag" }, notes)
  end)

  it("is told of without Contact: the early session has the Request-URI", function()
    local request, text = invite()
    answer(text, "180 Ringing", NO_CONTACT)
    local response = assert(request:expect(180))
    assert.same({ "no-contact" }, response.problems)
    assert.equal(target, response.session.remote_target)
    request:dispose()
  end)

  for name, changes in pairs {
    ["a To tag"] = NO_TAG, ["a Contact"] = NO_CONTACT,
    ["both"] = { [";tag=rawtag"] = "", ["Contact: [^\r]*\r\n"] = "" },
  } do
    it("is a call all the same, as a 200 without " .. name, function()
      local accepted
      local request, text = invite { on_accept = function(r) accepted = r.problems end }
      answer(text, "200 OK", changes)
      local response = assert(request:await(2))
      assert.equal("OutgoingInviteRequest", sip.type(response.request))
      local ack = assert(callee:receive(2))
      assert.matches("^ACK sip:bob@" .. callee.address:gsub("%.", "%%."), ack)
      assert.same(accepted, response.problems)
      assert.equal(changes[";tag=rawtag"] and "no-to-tag" or "no-contact", accepted[1])
      local bye = response.session:bye()
      answer(assert(callee:receive(2)), "200 OK")
      assert.equal(200, assert(bye:await(2)).status)
    end)
  end

  it("has a word for each flaw of its text", function()
    local changes = {
      ["no-from"] = { ["From: [^\r]*\r\n"] = "" },
      ["no-call-id"] = { ["Call%-ID: [^\r]*\r\n"] = "" },
      ["duplicate-header"] = { ["(From: [^\r]*\r\n)"] = "%1%1" },
      ["content-length"] = { ["Content%-Length: 0"] = "Content-Length: 7" },
      ["version"] = { ["^SIP/2.0"] = "SIP/3.0" },
      ["header-line"] = { ["\r\nFrom"] = "\r\nno colon here\r\nFrom" },
      ["line-end"] = { ["\r\nFrom"] = "\nFrom" },
    }
    for word, change in pairs(changes) do
      local request = alice:message(target, { body = "x" })
      answer(assert(callee:receive(2)), "200 OK", change)
      local problems = assert(request:await(2)).problems
      assert.equal(word, table.concat(problems, " "))
    end
  end)
end)
