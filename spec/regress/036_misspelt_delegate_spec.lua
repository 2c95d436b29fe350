-- SPDX-License-Identifier: MIT
-- A delegate that nothing would ever call is told of, not kept in silence.

local sip = require "sipwright"

describe("a misspelt delegate of a request", function()
  it("raises, and names the nearest", function()
    local agent <close> = assert(sip.agent { uri = "sip:a@127.0.0.1" })
    local to = "sip:b@" .. agent.address

    assert.error_matches(function()
      agent:request("OPTIONS", to, {}, { on_acept = function() end })
    end, 'a delegate "on_acept" here %(did you mean "on_accept"%?%)')

    local request = agent:request("OPTIONS", to, {}, { on_accept = print, note = "mine" })
    assert.error_matches(function() request.delegate = { on_progres = print } end,
      'did you mean "on_progress"')
    request:dispose()
  end)
end)
