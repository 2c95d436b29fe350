-- SPDX-License-Identifier: MIT
-- What goes over the wire, judged by Wireshark's dissector.

local command = require "spec.peers.command"
local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local sipp = require "spec.peers.sipp"
local world = require "spec.peers.world"

local function can_capture()
  return os.execute("dumpcap -q -i lo -a duration:0 -w /dev/null >/dev/null 2>&1")
end

--- dumpcap gets datagrams in batches: one sent to itself, seen in the file,
--- shows that all before it are there as well.
local function mark(dump, text)
  local path = dump.folder .. "/capture.pcapng"
  world.wait_until("the capture holds the mark", 10, function()
    dump.marker:send(text, dump.marker.address)
    return (world.read(path) or ""):find(text, 1, true)
  end)
end

local function capture(at, ports)
  local marker = assert(sip.socket "udp:127.0.0.1:0")
  local filter = "udp port " .. marker.address:match ":(%d+)$"
  for _, port in ipairs(ports) do
    filter = filter .. " or udp port " .. port
  end
  local dump = at:start("dumpcap", {
    "dumpcap", "-q", "-i", "lo", "-w", "capture.pcapng", "-f", filter,
  })
  dump.marker = marker
  mark(dump, "the capture has begun")
  return dump
end

local function finish(dump)
  mark(dump, "the capture is complete")
  dump.marker:close()
  dump:signal "INT"
  assert.equal(0, dump:finish(5))
end

local function count(peer, filter)
  local pipe = assert(io.popen(("tshark -n -r %s/capture.pcapng -Y %s 2>%s/tshark.err"):format(
    peer.folder, world.quote(filter), peer.folder)))
  local text = pipe:read "a"
  assert(pipe:close(), world.read(peer.folder .. "/tshark.err"))
  local _, lines = text:gsub("[^\n]+", "")
  return lines, text
end

local function none(peer, filter)
  local lines, text = count(peer, filter)
  assert.equal(0, lines, text)
end

local example = world.example(function(at)
  local _, port = sipp.uas(at, "uas", 50)
  local kam = kamailio.start(at)
  local dump = capture(at, { port, kam.port })

  local calls = command.run(at, "scenarios/load/basic_call.lua", {
    "--target", "sip:service@127.0.0.1:" .. port, "--calls", "50",
  })
  local phones = command.run(at, "scenarios/examples/two_phones.lua", {
    "--target", "sip:" .. kam.address, "--set", "domain=sip.test",
  })
  finish(dump)

  assert.equal(0, calls.code, calls.output)
  assert.equal(0, phones.code, phones.output)
  assert.equal(50 * 6, (count(dump, "sip && udp.port == " .. port)))
  -- Two phones: 8 of REGISTER, 3 of the 407, 13 of the call, 4 to unregister.
  assert.equal(28, (count(dump, "sip && udp.port == " .. kam.port)))
  none(dump, 'udp && !sip && !frame contains "the capture"')
  none(dump, "_ws.malformed")
  none(dump, "_ws.expert.severity == error")
end)

describe("on the wire", function()
  local name <const> = "no message is malformed"
  if can_capture() then
    it(name, example)
  else
    pending(name .. ": dumpcap may not open lo here")
  end
end)
