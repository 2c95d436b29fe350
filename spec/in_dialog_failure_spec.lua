-- SPDX-License-Identifier: MIT
-- What a 481, a 408 or no answer at all to a request inside a session means for
-- that session (RFC 3261 12.2.1.2, RFC 5057 5).

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

-- About a subscription, or a response that was not there, but not the session.
local SPARES <const> = {
  ["481"] = { NOTIFY = true, SUBSCRIBE = true, PRACK = true },
  ["408"] = { NOTIFY = true, SUBSCRIBE = true },
  timeout = { NOTIFY = true, SUBSCRIBE = true },
}

local ANSWERS <const> = {
  ["481"] = "481 Call/Transaction Does Not Exist", ["408"] = "408 Request Timeout",
}

local EVENTS <const> = { NOTIFY = "refer", SUBSCRIBE = "refer" }

describe("a request inside a session", function()
  before_each(support.virtual)

  for _, what in ipairs { "481", "408", "timeout" } do
    for method in ("INVITE UPDATE INFO MESSAGE OPTIONS REFER FOO NOTIFY SUBSCRIBE PRACK")
      :gmatch "%u+" do
      local spared = SPARES[what][method]
      it(("%s the session by its %s to %s"):format(spared and "spares" or "ends", what, method),
        function()
          local peer = RawCall.called_by(support.agent "alice")
          local request = peer.session:request(method, {
            event = EVENTS[method], rack = method == "PRACK" and "1 1 INVITE" or nil,
          })
          local text = peer:receive(method)
          if ANSWERS[what] then
            peer:answer(text, ANSWERS[what])
          end
          local response = assert(request:await(40))
          assert.equal(ANSWERS[what] and tonumber(what) or 408, response.status)
          assert.equal(not ANSWERS[what], response.synthetic)
          sip.sleep(0.01)
          if spared then
            assert.equal("confirmed", peer.session.state)
            peer.session:dispose()
          else
            assert.equal("ended", peer.session.state)
            assert.equal(what == "481" and "481" or "408", peer.session.cause)
          end
          -- Gone for us, yet maybe not for the other side: a BYE after a 408.
          local bye = table.concat(peer:received(), " "):find "BYE"
          assert.equal(not spared and what ~= "481", bye ~= nil)
        end)
    end
  end
end)
