-- SPDX-License-Identifier: MIT
-- `edit` may end what its request is sent on: that went out nevertheless, and
-- the timers of a subscription ran on in memory that was freed.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request whose `edit` ends what it is sent on", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  local function assert_not_sent(sent, thing, name)
    local request, err = sent(thing)
    assert.is_nil(request)
    assert.equal("state", err.code)
    assert.matches(("the %s is over"):format(name), tostring(err), 1, true)
    request, err = nil, nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
  end

  local function ending(thing)
    return function(text)
      thing:dispose()
      return text
    end
  end

  it("is not sent on a subscription", function()
    alice:subscribe(support.uri(bob), { event = "presence", expires = 600 })
    assert_not_sent(function(s)
      return s:notify { expires = 300, edit = ending(s) }
    end, assert(bob:expect "SUBSCRIBE"):accept(), "subscription")
    sip.sleep(700)
  end)

  it("is not sent in a session", function()
    local a, b = support.call(alice, bob)
    assert_not_sent(function(s)
      return s:invite { body = sip.sdp(), edit = ending(s) }
    end, a, "session")
    assert.is_nil((b:expect("INVITE", { timeout = 1 })))
    b:dispose()
  end)
end)
