-- SPDX-License-Identifier: MIT
-- Calls that go wrong: each fails for itself, the report says why, and the
-- others go on. Exit code 1.

local child = require "spec.cli.child"
local sip = require "sipwright"

local function assert_failed(ended, ...)
  assert.equal(1, ended.code, ended.out .. ended.err)
  for _, pattern in ipairs { ... } do
    assert.matches(pattern, ended.out)
  end
end

describe("a call that raises", function()
  after_each(child.clean)

  it("fails alone, with the line of the script", function()
    assert_failed(child.run_text [[
return { options = { calls = 20, rate = 200 }, scenario = function(call)
  local function step()
    if call.number == 3 then error "no good" end
  end
  step()
end }
]], "\n  1 call: mine%.lua:3: no good\n      mine%.lua:5: in ", "calls     19 ok, 1 failed",
      "\nfailed: 20 calls, 1 failed, in %d%.%d s\n$")
  end)

  it("shows its ladder", function()
    assert_failed(child.run_text [[
return { options = { calls = 3, rate = 200 }, scenario = function(call)
  assert(call:request("OPTIONS", call.target):expect "2xx")
  error "after that"
end }
]], "3 calls: mine%.lua:3: after that\n    the first was call 1\n",
      "|%-+ OPTIONS sip:service@127%.0%.0%.1:%d+ %-+>|\n.-|<%-+ 200 OK %(OPTIONS%) %-+|\n")
  end)

  it("is grouped with others of the same cause", function()
    local ended = child.run_text [[
return { options = { calls = 30, rate = 500 }, scenario = function(call)
  error(call.number % 3 == 0 and "one" or "other", 0)
end }
]]
    assert_failed(ended, "\n  20 calls: other\n    the first was call 1\n",
      "\n  10 calls: one\n    the first was call 3\n")
  end)
end)

describe("an answer that is not the wanted one", function()
  after_each(child.clean)

  it("is told with the messages, once", function()
    local ended = child.run_text [[
local sip = require "sipwright"
return { options = { calls = 4, rate = 200 }, scenario = function(call)
  assert(call:invite("sip:nobody@" .. sip.host(call.target), { body = sip.sdp() }):expect "2xx")
end }
]]
    assert_failed(ended, "INVITE 404 +4\n", "4 calls: wanted 2xx, got 404 Not Found\n")
    assert.equal(1, select(2, ended.out:gsub("|<%-+ 404 Not Found", "")))
  end)
end)

describe("an answer that never comes", function()
  after_each(child.clean)

  it("shows what was sent", function()
    local deaf <close> = assert(sip.socket "udp:127.0.0.1:0")
    child.write("mine.lua", [[
return { options = { calls = 2, rate = 100 }, scenario = function(call)
  assert(call:request("OPTIONS", call.target):expect("2xx", { timeout = 0.8 }))
end }
]])
    local ended = child.run { "run", "mine.lua", "--target", "sip:" .. deaf.address }
    assert_failed(ended, "2 calls: no 2xx within 0%.8 s\n",
      "|%-+ OPTIONS sip:127%.0%.0%.1:%d+ %-+>|\n.-%(again%)")
  end)
end)

describe("a wait in vain in a plain script", function()
  after_each(child.clean)

  it("shows the messages, too", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
local alice <close> = sip.agent {}
assert(alice:invite(sip.target(), { body = sip.sdp() }):expect(183, { timeout = 0.2 }))
]], "\n  wanted 183, got 200 OK\n", "|<%-+ 200 OK %(INVITE%) %-+|\n")
    assert_failed(child.run_text [[
local sip = require "sipwright"
local alice <close> = sip.agent {}
local bob <close> = sip.agent { hold = 9 }
assert(alice:invite("sip:" .. bob.address, { body = sip.sdp() }):expect(180, { timeout = 0.1 }))
]], "\n  no 180 within 0%.1 s\n      mine%.lua:4: in main chunk\n", "|%-+ INVITE sip:127%.0%.0%.1:")
  end)
end)

describe("a call that loops for ever", function()
  after_each(child.clean)

  it("is stopped, and the others go on", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
return { options = { calls = 10, rate = 100 }, scenario = function(call)
  while call.number == 3 do end
  sip.sleep(0.1)
end }
]], "1 call: mine%.lua:3: ran 1 s of processor time without a wait %(an endless%s+loop%?%)",
      "calls     9 ok, 1 failed")
  end)

  it("is stopped in a plain script as well", function()
    assert_failed(child.run_text "local n = 0\nwhile true do n = n + 1 end\n",
      "\n  mine%.lua:2: ran 1 s of processor time without a wait %(an endless loop%?%)\n",
      "\nfailed: mine%.lua, in ")
  end)
end)

describe("a call that takes too long", function()
  after_each(child.clean)

  it("fails with its time limit", function()
    local ended = child.run_text("return { scenario = function() "
      .. "require 'sipwright'.sleep(30) end }", { "--call-timeout", "200ms" })
    assert_failed(ended, "1 call: call timeout after 0%.2 s\n")
  end)
end)

describe("a call left open", function()
  after_each(child.clean)

  it("is ended with a BYE, and fails", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
return { options = { calls = 3, rate = 100 }, scenario = function(call)
  assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx")
end }
]], "3 calls: left open\n", "|%-+ ACK .-|%-+ BYE .-|<%-+ 200 OK %(BYE%)")
  end)

  it("is ended with a CANCEL while it rings, and fails", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
return { options = { calls = 3, rate = 100, peer = { ring = 20 } }, scenario = function(call)
  assert(call:invite(call.target, { body = sip.sdp() }):expect(180))
end }
]], "3 calls: left open\n", "|%-+ CANCEL ", "|<%-+ 487 Request Terminated")
  end)
end)

describe("a delegate that raises", function()
  after_each(child.clean)

  it("fails its call", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
return { options = { calls = 5, rate = 100 }, scenario = function(call)
  local invite = call:invite(call.target, { body = sip.sdp() }, {
    on_progress = function() error "in the delegate" end,
  })
  assert(assert(invite:expect "2xx").session:bye():expect "2xx")
end }
]], "5 calls: mine%.lua:4: in the delegate\n", "calls     0 ok, 5 failed")
  end)

  it("of an agent fails the run, and no call", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
local bob = sip.agent { username = "bob" }
bob.delegate = { on_request = function(incoming) incoming:reply(200); error "at bob's" end }
return { options = { calls = 5, rate = 100 }, scenario = function(call)
  assert(call:request("FOO", "sip:bob@" .. bob.address):expect "2xx")
end }
]], "\n  5 errors outside of calls: mine%.lua:3: at bob's\n", "calls     5 ok, 0 failed",
      "failed: 5 calls, 0 failed, 5 errors outside of calls, in ")
  end)

  it("fails a plain script", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
local bob <close> = sip.agent {}
bob.delegate = { on_request = function(incoming) incoming:reply(200); error "at bob's" end }
local alice <close> = sip.agent {}
assert(alice:request("FOO", "sip:" .. bob.address):expect "2xx")
sip.sleep(0.05)
]], "\n  mine%.lua:3: at bob's\n", "\nfailed: mine%.lua, in ")
  end)
end)

describe("a task that nobody joins", function()
  after_each(child.clean)

  it("fails the run when it raises", function()
    assert_failed(child.run_text [[
local sip = require "sipwright"
sip.spawn(function() error "alone" end)
sip.sleep(0.01)
]], "\n  mine%.lua:2: alone\n")
  end)
end)

describe("a check that does not hold", function()
  after_each(child.clean)

  it("fails the run, and no call", function()
    assert_failed(child.run_text [[
return { options = { calls = 10, rate = 500 }, scenario = function(call)
  call:check("is odd", call.number % 2 == 1)
  call:count("tens", 10)
end }
]], "\n  check   passed  failed\n  is odd       5       5\n",
      "\n  counted  total\n  tens       100\n", "calls     10 ok, 0 failed",
      "\nfailed: 10 calls, 0 failed, 5 failed checks, in ")
  end)
end)

describe("a target that answers rubbish", function()
  after_each(child.clean)

  it("makes calls time out, and the drops are counted by reason", function()
    local peer <close> = assert(sip.socket "udp:127.0.0.1:0")
    child.write("mine.lua", [[
local sip = require "sipwright"
return {
  options = { calls = 3, rate = 100, agent = { timers = { t1 = 0.01 } } },
  scenario = function(call)
    assert(call:invite(call.target, { body = sip.sdp() }):expect("2xx", { timeout = 3 }))
  end,
}
]])
    local rubbish = sip.spawn(function()
      while true do
        local _, from = peer:receive(60)
        peer:send("\0\255 no SIP at all\r\n\r\n", from)
        peer:send("SIP/2.0 200 OK\r\n\r\n", from)
      end
    end)
    local ended = child.run { "run", "mine.lua", "--target", "sip:x@" .. peer.address }
    rubbish:cancel()
    assert_failed(ended, "INVITE 408 %(timeout:B%) +3\n",
      "3 calls: wanted 2xx, got 408 Request Timeout %(timeout:B%)\n",
      "(%d+) dropped %(garbage %d+,%s+no%-via %d+%)")
  end)
end)

describe("calls that find no place", function()
  after_each(child.clean)

  it("are dropped, counted, and make the run incomplete", function()
    local ended = child.run_text [[
return { options = { calls = 10, rate = 1000, max_open = 4 }, scenario = function()
  require "sipwright".sleep(0.3)
end }
]]
    assert.equal(4, ended.code)
    assert.matches("incomplete: 4 calls of 10 started, 0 failed, 6 dropped, in ", ended.out)
  end)
end)
