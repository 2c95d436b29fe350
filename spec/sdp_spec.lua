-- SPDX-License-Identifier: MIT
-- sip.sdp() and the small looks at URIs.

local sip = require "sipwright"

describe("sip.sdp", function()
  it("is a valid offer without options", function()
    assert.equal(table.concat({
      "v=0", "o=sipwright 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
      "m=audio 40000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=sendrecv", "",
    }, "\r\n"), sip.sdp())
  end)

  it("takes every option", function()
    local body = sip.sdp {
      address = "2001:db8::1", port = 5004,
      codecs = { "opus", { name = "X", payload = 99, rate = 1 } },
      direction = "recvonly", session_id = 7, version = 8, user = "u", name = "n", ptime = 30,
      lines = { "a=x" },
    }
    for _, line in ipairs {
      "o=u 7 8 IN IP6 2001:db8::1", "s=n", "c=IN IP6 2001:db8::1", "m=audio 5004 RTP/AVP 111 99",
      "a=rtpmap:111 opus/48000/2", "a=rtpmap:99 X/1", "a=ptime:30", "a=recvonly", "a=x",
    } do
      assert.is_truthy(body:find("\r\n" .. line .. "\r\n", 1, true), line)
    end
  end)

  it("refuses what it does not know, at the caller's line", function()
    for text, f in pairs {
      ['unknown codec "G999"'] = function() sip.sdp { codecs = { "G999" } } end,
      ['unknown direction "up"'] = function() sip.sdp { direction = "up" } end,
      ['unknown option "prt" (did you mean "port"?)'] = function() sip.sdp { prt = 1 } end,
    } do
      local ok, err = pcall(f)
      assert.is_false(ok)
      assert.matches("spec/sdp_spec.lua:%d+: ", err)
      assert.is_truthy(err:find(text, 1, true), err)
    end
  end)
end)

describe("sip.host", function()
  it("is host and port of a URI", function()
    assert.equal("127.0.0.1:5060", sip.host "sip:bob@127.0.0.1:5060;lr?x=y")
    assert.equal("example.com", sip.host "sips:example.com")
    assert.equal("[::1]:5070", sip.host "sip:a:b@[::1]:5070")
    assert.has_error(function() sip.host "tel:123" end)
    assert.has_error(function() sip.host(nil) end)
  end)
end)
