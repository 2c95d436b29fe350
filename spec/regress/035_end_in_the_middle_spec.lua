-- SPDX-License-Identifier: MIT
-- A script that ended while calls, delegates and tasks of its were under way
-- left their memory behind: the leak checker failed the whole program.

local SCRIPT <const> = [[
local sip = require "sipwright"
local callee = assert(sip.agent { uri = "sip:b@127.0.0.1", delegate = {
  on_invite = function(incoming)
    incoming:accept { body = sip.sdp() }
    sip.sleep(100)
  end,
} })
local caller = assert(sip.agent { uri = "sip:a@127.0.0.1" })
sip.load {
  agent = caller, target = "sip:b@" .. callee.address, calls = 10, rate = 1000,
  scenario = function(call)
    assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx")
    sip.sleep(100)
  end,
}
sip.spawn(function()
  local message = caller:message("sip:b@" .. callee.address)
  message:await()
end)
sip.sleep(0.2)
assert(sip.objects().sessions >= 2)
]]

describe("a script that ends in the middle of everything", function()
  it("ends well, and leaves no memory behind", function()
    local path = os.tmpname()
    do
      local file <close> = assert(io.open(path, "w"))
      file:write(SCRIPT)
    end
    local instrumented = (os.getenv "SIPWRIGHT_BUILD" or "") .. "/spec/host/lua-sanitized"
    local file = io.open(instrumented)
    local lua = file and instrumented or "lua5.4"
    if file then
      file:close()
    end
    local ok, how, code = os.execute(("LUA_PATH='%s' LUA_CPATH='%s' '%s' '%s'"):format(
      package.path, package.cpath, lua, path))
    os.remove(path)
    assert.same({ true, "exit", 0 }, { ok, how, code })
  end)
end)
