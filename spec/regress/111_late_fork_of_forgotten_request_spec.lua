-- SPDX-License-Identifier: MIT
-- Whether the delegate heard of the second 2xx of an INVITE was up to the
-- garbage collector: nothing held the request once its outcome was told, and
-- an early session ended as "disposed" with it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request that nobody holds", function()
  it("stays while its early sessions may still be answered", function()
    support.virtual()
    local alice = support.agent "alice"
    local callee = support.socket()
    local accepted, causes = 0, {}
    do
      alice:invite("sip:bob@" .. callee.address, nil, {
        on_progress = function(response)
          response.session.delegate = {
            on_end = function(cause) causes[#causes + 1] = cause end,
          }
        end,
        on_accept = function() accepted = accepted + 1 end,
      })
    end
    local text = assert(callee:receive(2))
    local contact = { ("Contact: <sip:bob@%s>"):format(callee.address) }
    local function answer(status_line, tag)
      callee:send(support.response_text(text, status_line, contact, tag), alice.address)
    end
    for _, tag in ipairs { "b", "c" } do
      answer("180 Ringing", tag)
    end
    answer("200 OK", "a")
    assert(callee:receive(2))
    collectgarbage()
    collectgarbage()
    answer("200 OK", "b")
    assert.matches("^ACK ", assert(callee:receive(2)))
    local bye = assert(callee:receive(2))
    callee:send(support.response_text(bye, "200 OK"), alice.address)
    sip.sleep(0.01)
    assert.equal(2, accepted)
    assert.same({ "bye sent" }, causes)
    collectgarbage()
    collectgarbage()
    sip.sleep(40)
    assert.same({ "bye sent", "not chosen" }, causes)
    collectgarbage()
    collectgarbage()
    assert.equal(0, sip.objects().requests)
  end)
end)
