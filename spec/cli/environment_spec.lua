-- SPDX-License-Identifier: MIT
-- What no script can help: ports that are taken, targets that cannot be reached,
-- folders that cannot be written. Exit code 3.

local child = require "spec.cli.child"
local sip = require "sipwright"

local BASIC <const> = child.path "scenarios/load/basic_call.lua"
local UAS <const> = child.path "scenarios/examples/uas.lua"

local function assert_environment(ended, pattern)
  assert.equal(3, ended.code, ended.out .. ended.err)
  assert.matches("^sipwright: " .. pattern .. "\n$", ended.err)
end

describe("a port that is taken", function()
  after_each(child.clean)

  it("stops serve", function()
    local socket <close> = assert(sip.socket "udp:127.0.0.1:0")
    assert_environment(child.run { "serve", UAS, "--listen", "udp:" .. socket.address },
      "cannot listen on udp 127%.0%.0%.1:%d+: the address is already in use")
  end)

  it("stops a load scenario whose agent wants it", function()
    local socket <close> = assert(sip.socket "udp:127.0.0.1:0")
    assert_environment(child.run_text(
      ("return { options = { agent = { listen = 'udp:%s' } }, scenario = function() end }")
        :format(socket.address)),
      "cannot listen on udp 127%.0%.0%.1:%d+: the address is already in use")
  end)

  it("stops a plain script, with its line", function()
    local socket <close> = assert(sip.socket "udp:127.0.0.1:0")
    assert_environment(child.run_text(
      ("local sip = require 'sipwright'\nassert(sip.agent { listen = 'udp:%s' })\n")
        :format(socket.address)),
      "mine%.lua:2: cannot listen on udp 127%.0%.0%.1:%d+: the address is already in use")
  end)
end)

describe("an address that is not ours", function()
  after_each(child.clean)

  it("stops serve", function()
    assert_environment(child.run { "serve", UAS, "--listen", "udp:192.0.2.77:5060" },
      "cannot listen on udp 192%.0%.2%.77:5060: .-")
  end)
end)

describe("a target that refuses", function()
  after_each(child.clean)

  it("ends a load after its first calls, with the reason", function()
    local began = sip.now()
    local ended = child.run { "run", BASIC, "--target", child.deaf_uri() }
    assert.equal(3, ended.code, ended.out .. ended.err)
    assert.is_true(sip.now() - began < 5)
    assert.matches("\n  INVITE 503 %(transport:refused%) ", ended.out)
    assert.matches("\nnothing could be reached at sip:x@127%.0%.0%.1:%d+: nothing listens there "
      .. "%(ICMP%s+port unreachable%)\nunreachable: %d+ calls, %d+ failed, in %d%.%d s\n$",
      ended.out)
    assert.is_true(tonumber(ended.out:match "unreachable: (%d+) calls") < 500)
  end)

  it("does so with fewer calls than ten, and behind a proxy", function()
    local ended = child.run { "run", BASIC, "--target", child.deaf_uri(), "--calls", "3" }
    assert.equal(3, ended.code)
    ended = child.run {
      "run", child.path "scenarios/load/register.lua", "--target", child.deaf_uri(), "--calls", "3",
    }
    assert.equal(3, ended.code)
  end)

  it("ends a plain script", function()
    local ended = child.run {
      "run", child.path "scenarios/examples/two_phones.lua", "--target", child.deaf_uri(),
    }
    assert.equal(3, ended.code, ended.out .. ended.err)
    assert.matches("wanted 2xx, got 503 Service Unavailable %(transport:refused%)", ended.out)
    assert.matches("\nnothing could be reached at ", ended.out)
  end)
end)

describe("a name that does not resolve", function()
  after_each(child.clean)

  it("ends a load before it begins", function()
    assert_environment(child.run { "run", BASIC, "--target", "sip:x@no.such.invalid" },
      "cannot reach sip:x@no%.such%.invalid: the name does not resolve")
  end)

  it("ends a load whose agent has it as proxy", function()
    assert_environment(
      child.run { "run", child.path "scenarios/load/register.lua", "--target",
        "sip:no.such.invalid" },
      'proxy "sip:no%.such%.invalid": the name does not resolve')
  end)

  it("ends a plain script, with its line", function()
    assert_environment(
      child.run { "run", child.path "scenarios/examples/two_phones.lua", "--target",
        "sip:no.such.invalid" },
      '.-two_phones%.lua:%d+: proxy "sip:no%.such%.invalid": the name does not resolve')
  end)
end)

describe("a target that is not offered yet", function()
  after_each(child.clean)

  it("is refused with the reason", function()
    for _, uri in ipairs { "sips:x@127.0.0.1", "sip:x@127.0.0.1;transport=tcp" } do
      assert_environment(child.run { "run", BASIC, "--target", uri },
        "cannot reach .-: only sip: over UDP is offered yet")
    end
  end)
end)

describe("a folder for the report", function()
  after_each(child.clean)

  it("that cannot be made is told before anything runs", function()
    child.write("file", "")
    local ended = child.run { "run", BASIC, "--out", "file/below" }
    assert_environment(ended, "cannot write to the folder of the report: file/below")
    assert.equal("", ended.out)
  end)

  it("that is a file is told before anything runs", function()
    child.write("file", "")
    assert_environment(child.run { "run", BASIC, "--out", "file" },
      "cannot write to the folder of the report: file")
  end)
end)
