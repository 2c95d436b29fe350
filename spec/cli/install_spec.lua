-- SPDX-License-Identifier: MIT
-- What `cmake --install` puts where: the command finds its own, and a plain
-- interpreter finds the module.

local child = require "spec.cli.child"

local function find(name)
  local pipe = assert(io.popen(("find '%s/prefix' -path '*%s'"):format(child.folder(), name)))
  local path = pipe:read "l"
  pipe:close()
  return assert(path, name .. " was not installed")
end

describe("an installed sipwright", function()
  setup(function()
    local ended = child.run_program {
      "cmake", "--install", child.build, "--prefix", child.folder() .. "/prefix",
    }
    assert.equal(0, ended.code, ended.err)
  end)

  teardown(child.clean)

  it("runs its own scenarios", function()
    local scenario = find "/share/sipwright/scenarios/load/basic_call.lua"
    local ended = child.run_program({ find "/bin/sipwright", "run", scenario, "--calls", "5" },
      "-u LUA_PATH -u LUA_CPATH -u SIPWRIGHT_TARGET")
    assert.equal(0, ended.code, ended.out .. ended.err)
    assert.matches("passed: 5 calls, 0 failed", ended.out)
  end)

  it("is found by an interpreter with its paths", function()
    local share = find("/share/lua/5.4/sipwright/init.lua"):match "^(.*)/sipwright/init%.lua$"
    local lib = find("/lua/5.4/sipwright/core.so"):match "^(.*)/sipwright/core%.so$"
    child.write("call.lua", [[
local sip = require "sipwright"
local alice <close> = assert(sip.agent { username = "alice" })
local bob <close> = assert(sip.agent { username = "bob" })
local request = alice:invite("sip:bob@" .. bob.address, { body = sip.sdp() })
local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
assert(request:expect "2xx")
assert(session:expect "ACK")
assert(session:bye():await(2))
print "called"
]])
    local ended = child.run_program({ child.lua(), "call.lua" },
      ("LUA_PATH='%s/?.lua;%s/?/init.lua' LUA_CPATH='%s/?.so'"):format(share, share, lib))
    assert.equal("called\n", ended.out, ended.err)
    assert.equal(0, ended.code)
  end)

  it("brings the declarations, the documents and the licence", function()
    for _, name in ipairs {
      "/share/sipwright/meta/sip.lua", "/docs/scripting.md", "/docs/summary.md", "/README.md",
      "/LICENSE", "/share/sipwright/scenarios/examples/uas.lua",
    } do
      find(name)
    end
  end)
end)
