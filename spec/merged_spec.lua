-- SPDX-License-Identifier: MIT
-- Merged requests (RFC 3261 8.2.2.2): one that comes a second time on another
-- way gets 482.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request that comes another way, too", function()
  local bob, raw
  local branches = 0

  before_each(function()
    support.virtual()
    bob, raw = support.agent "bob", support.socket()
  end)

  local function text(method, changes)
    branches = branches + 1
    local t = {
      uri = support.uri(bob), from = raw.address, call_id = "merged", cseq = 7,
      branch = "z9hG4bK-way-" .. branches,
    }
    for key, value in pairs(changes or {}) do
      t[key] = value
    end
    return support.request_text(method, t)
  end

  local function send(method, changes, to)
    raw:send(text(method, changes), (to or bob).address)
  end

  local function status()
    return tonumber((raw:receive(1) or ""):match "^SIP/2.0 (%d+)")
  end

  for _, method in ipairs { "INVITE", "MESSAGE", "OPTIONS", "FOO" } do
    it("gets 482 while the first is pending: " .. method, function()
      local told = 0
      bob.delegate = { on_request = function(incoming)
        told = told + 1
        incoming.auto = { options = false }
      end }
      send(method)
      sip.sleep(0.01)
      send(method)
      assert.equal(482, status())
      assert.equal(1, told)
    end)
  end

  it("gets 482 after the first was answered, as long as that lingers", function()
    send "MESSAGE"
    assert(bob:expect "MESSAGE"):reply(202)
    assert.equal(202, status())
    collectgarbage()
    sip.advance(31)
    send "MESSAGE"
    assert.equal(482, status())
    sip.advance(33) -- Timer J of the first and of the second
    send "MESSAGE"
    assert(bob:expect "MESSAGE"):reply(200)
    assert.equal(200, status())
  end)

  it("gets 482 while the first is a call", function()
    send "INVITE"
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    assert.equal(200, status())
    send "INVITE"
    assert.equal(482, status())
    session:dispose()
  end)

  it("leaves no transaction behind", function()
    send "INVITE"
    local incoming = assert(bob:expect "INVITE")
    send "INVITE"
    assert.equal(482, status())
    incoming:reject(603)
    assert.equal(603, status())
    sip.advance(100)
    assert.equal(0, sip.objects().transactions + sip.objects().lingering)
  end)

  it("is another request where Call-ID, CSeq, method or From tag differ", function()
    local count = 0
    bob.delegate = { on_request = function(incoming)
      count = count + 1
      incoming:reply(299)
    end }
    send "MESSAGE"
    assert.equal(299, status())
    for _, change in ipairs { { call_id = "other" }, { cseq = 8 } } do
      send("MESSAGE", change)
      assert.equal(299, status())
    end
    send "FOO"
    assert.equal(299, status())
    raw:send(text("MESSAGE"):gsub("tag=raw1", "tag=raw2"), bob.address)
    assert.equal(299, status())
    assert.equal(5, count)
  end)

  it("is no merged one in a dialog, where CSeq judges", function()
    send "INVITE"
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    assert.equal(200, status())
    local to = ("<sip:bob@127.0.0.1>;tag=%s"):format(session.local_tag)
    send("INFO", { to = to, cseq = 8 })
    assert.equal(200, status())
    send("INFO", { to = to, cseq = 8 })
    assert.equal(500, status())
    session:dispose()
  end)

  it("reaches each agent of one socket, as a proxy may fork to both", function()
    local carol = support.agent("carol", { shared = true })
    local dave = support.agent("dave", { shared = true })
    assert.equal(carol.address, dave.address)
    for _, agent in ipairs { carol, dave } do
      agent.delegate = { on_invite = function(incoming) incoming:reject(486) end }
    end
    send("INVITE", { uri = support.uri(carol, "carol") }, carol)
    assert.equal(486, status())
    send("INVITE", { uri = support.uri(dave, "dave") }, dave)
    assert.equal(486, status())
    send("INVITE", { uri = support.uri(dave, "dave") }, dave)
    assert.equal(482, status())
  end)

  it("reaches the script with auto = { merged = false }", function()
    bob = support.agent("bob", { auto = { merged = false } })
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    for _ = 1, 2 do
      send "MESSAGE"
      assert.equal(200, status())
    end
  end)

  it("is found among many", function()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    for i = 1, 100 do
      send("MESSAGE", { call_id = "many-" .. i })
      raw:receive(1)
    end
    send("MESSAGE", { call_id = "many-50" })
    assert.equal(482, status())
    send("MESSAGE", { call_id = "one more" })
    assert.equal(200, status())
  end)
end)

describe("a CANCEL", function()
  local bob, raw

  before_each(function()
    support.virtual()
    bob, raw = support.agent "bob", support.socket()
  end)

  local function send(method, branch)
    raw:send(support.request_text(method, {
      uri = support.uri(bob), from = raw.address, branch = "z9hG4bK-" .. branch,
    }), bob.address)
  end

  local function answer()
    local bytes = raw:receive(1) or ""
    return bytes:match "^SIP/2.0 (%d+)", bytes:match "To:[^\r]*;tag=([^\r;]*)"
  end

  for _, method in ipairs { "MESSAGE", "REGISTER", "SUBSCRIBE", "PUBLISH" } do
    it(("of a pending %s gets 200 and changes nothing"):format(method), function()
      send(method, "a")
      local incoming = assert(bob:expect(method))
      local cancels = 0
      incoming.delegate = { on_cancel = function() cancels = cancels + 1 end }
      send("CANCEL", "a")
      local status, tag = answer()
      assert.equal("200", status)
      assert.is_nil(incoming.status)
      assert.is_false(incoming.cancelled)
      assert(incoming:reply(202))
      local final, same = answer()
      assert.equal("202", final)
      assert.equal(tag, same) -- 9.2: one To tag for both
      sip.sleep(0.01)
      assert.equal(0, cancels)
      assert.is_nil((bob:expect("CANCEL", { timeout = 0 })))
    end)
  end

  it("of an answered INVITE gets 200 and its To tag", function()
    send("INVITE", "b")
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    assert.equal("200", (answer()))
    send("CANCEL", "b")
    assert.same({ "200", session.local_tag }, { answer() })
    assert.equal("accepted", session.state)
    session:dispose()
  end)

  it("of nothing that is known gets 481", function()
    send("MESSAGE", "c")
    assert(bob:expect "MESSAGE")
    send("CANCEL", "d")
    assert.equal("481", (answer()))
  end)

  it("that would change nothing is the script's where that switch is off", function()
    send("MESSAGE", "e")
    local incoming = assert(bob:expect "MESSAGE")
    incoming.auto = { cancel = false }
    send("CANCEL", "e")
    assert(bob:expect "CANCEL"):reply(299)
    assert.equal("299", (answer()))
    incoming:reply(200)
  end)
end)
