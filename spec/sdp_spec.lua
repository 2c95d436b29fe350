-- SPDX-License-Identifier: MIT
-- sip.sdp() and the small looks at URIs.

local sip = require "sipwright"
local uri = require "sipwright.uri"

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

describe("uri.parse", function()
  it("takes a SIP URI apart", function()
    assert.same({
      scheme = "sip", user = "bob", password = "pw", host = "[::1]", port = 5070,
      hostport = "[::1]:5070", params = { transport = "UDP", lr = true }, headers = "x=1",
    }, uri.parse "SIP:bob:pw@[::1]:5070;Transport=UDP;lr?x=1")
    assert.same({ scheme = "sips", host = "a.b", hostport = "a.b", params = {}, headers = "" },
      uri.parse "sips:a.b")
  end)

  it("is nil for what is none", function()
    for _, text in ipairs {
      "", "bob", "tel:1", "sip:", "sip:@host", "sip:a@h:0", "sip:a@h:70000", "sip:a b@h",
    } do
      assert.is_nil(uri.parse(text), text)
    end
  end)

  it("finds the URI of an address", function()
    assert.same({ "sip:a@b;x", ";y=1" }, { uri.of_address '"N <x>" <sip:a@b;x>;y=1' })
    assert.same({ "sip:a@b", ";y=1" }, { uri.of_address " sip:a@b;y=1" })
    assert.same({ "sip:a@b", "" }, { uri.of_address [["N \"<sip:x>\"" <sip:a@b>]] })
  end)

  it("compares as RFC 3261 19.1.4 has it", function()
    for one, other in pairs {
      ["sip:%61lice@atlanta.com;transport=TCP"] = "sip:alice@AtlanTa.CoM;Transport=tcp",
      ["sip:carol@chicago.com"] = "sip:carol@chicago.com;newparam=5",
      ["sip:carol@chicago.com;security=on"] = "sip:carol@chicago.com;newparam=5",
    } do
      assert.is_true(uri.same(one, other), one)
      assert.is_true(uri.same(other, one), one)
    end
    for one, other in pairs {
      ["sip:ALICE@atlanta.com"] = "sip:alice@atlanta.com",
      ["sip:bob@biloxi.com"] = "sip:bob@biloxi.com:5060",
      ["sip:bob@biloxi.com;transport=udp"] = "sip:bob@biloxi.com",
      ["sip:carol@chicago.com;security=on"] = "sip:carol@chicago.com;security=off",
      ["sip:carol@chicago.com?Subject=next"] = "sip:carol@chicago.com",
      ["sips:a@b"] = "sip:a@b",
      ["no uri"] = "sip:a@b",
    } do
      assert.is_false(uri.same(one, other), one)
      assert.is_false(uri.same(other, one), one)
    end
  end)
end)

describe("sip.uri", function()
  it("is the engine's view of any URI", function()
    local parsed = assert(sip.uri "sip:bob@example.com:5070;transport=tcp;lr")
    assert.equal("bob", parsed.user)
    assert.equal("example.com", parsed.host)
    assert.equal(5070, parsed.port)
    assert.same({ transport = "tcp", lr = true }, parsed.params)
    local none, err = sip.uri ":::"
    assert.is_nil(none)
    assert.equal("protocol", err.code)
  end)
end)
