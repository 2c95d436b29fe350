-- SPDX-License-Identifier: MIT
-- Timer N of a SUBSCRIBE ran from its first attempt: one that was sent again
-- shortly before its end had no time for a NOTIFY, which then got a 481.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local raw_peer = require "spec.support.raw_peer"

describe("Timer N", function()
  before_each(support.virtual)

  it("begins anew with the attempt at another target", function()
    local silent, notifier = support.socket(), raw_peer.new()
    local server = support.server(function(incoming)
      incoming:reply(302, { extra_headers = {
        ("Contact: <sip:b@%s>;q=1"):format(silent.address),
        ("Contact: <sip:b@%s>;q=0.5"):format(notifier.address),
      } })
    end)
    local told = 0
    local request = support.agent("alice"):subscribe(support.uri(server), {
      event = "presence", auto = { redirect = true },
    }, { on_notify_timeout = function() told = told + 1 end })
    sip.sleep(33) -- timer F of the first target
    local text = notifier:take "SUBSCRIBE"
    notifier:answer(text, 200, { "Expires: 600", notifier:contact() })
    assert.equal(200, assert(request:await(2)).status)
    sip.sleep(30)
    assert.equal(0, told)
    sip.sleep(5)
    assert.equal(1, told)
  end)

  it("begins anew with the credentials of a refresh", function()
    local alice, bob = support.pair(
      { username = "a", password = "b" }, { auto = { subscribe = false } })
    local request = alice:subscribe(support.uri(bob), { event = "presence", expires = 600 })
    local at_bob = assert(bob:expect "SUBSCRIBE"):accept()
    assert(at_bob:notify { state = "active" })
    assert(request:expect "NOTIFY")
    local s = request.subscription
    local refresh = s:subscribe { expires = 500 }
    local incoming = assert(at_bob:expect "SUBSCRIBE")
    sip.sleep(20)
    incoming:reject(401, { extra_headers = { raw_peer.challenge "n" } })
    assert(at_bob:expect "SUBSCRIBE"):accept()
    assert(refresh:await(2))
    sip.sleep(20) -- 40 s behind the first attempt
    assert.equal("active", s.state)
    assert(at_bob:notify { state = "active" })
    assert(s:expect "NOTIFY")
    sip.sleep(40)
    assert.equal("active", s.state)
    s:dispose()
    at_bob:dispose()
  end)
end)
