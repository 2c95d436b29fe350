-- SPDX-License-Identifier: MIT
-- A peer with a misspelt option raised, and left an agent open behind it.

local peers = require "sipwright.peer"
local sip = require "sipwright"

describe("a peer with an unknown option", function()
  it("raises at the caller's line and opens nothing", function()
    local before = sip.objects().agents
    local ok, err = pcall(function() peers.new { user = {} } end)
    assert.is_false(ok)
    assert.matches("033_peer_options_spec.lua:%d+: peer: unknown option \"user\"", err)
    assert.equal(before, sip.objects().agents)
  end)
end)
