-- SPDX-License-Identifier: MIT
-- Allow, User-Agent and Server were added beside the script's own.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a header that the script brings", function()
  it("stands alone in requests", function()
    local alice = support.agent("alice", { user_agent = "agent/1" })
    local bob = support.agent "bob"
    local request = alice:invite(support.uri(bob), {
      extra_headers = { "allow : INVITE", "User-Agent: mine" },
    })
    local message = assert(bob:expect "INVITE").message
    assert.same({ "INVITE" }, message:headers "Allow")
    assert.same({ "mine" }, message:headers "User-Agent")
    request:dispose()
  end)

  it("stands alone in answers", function()
    local alice = support.agent "alice"
    local bob = support.agent("bob", { user_agent = "agent/1" })
    bob.delegate = { on_options = function(incoming)
      incoming:reply(200, { extra_headers = { "Allow: OPTIONS", "Server: mine" } })
    end }
    local message = assert(alice:request("OPTIONS", support.uri(bob)):await(2)).message
    assert.same({ "OPTIONS" }, message:headers "Allow")
    assert.same({ "mine" }, message:headers "Server")
    assert.is_true(sip.counters().sent > 0)
  end)
end)
