-- SPDX-License-Identifier: MIT
-- SIP.js's tests of URIs and name-addrs as situations of ours. Where SIP.js comes
-- out otherwise, the name says so.

local sip = require "sipwright"

local function read(text)
  return assert(sip.uri(text))
end

local ODD <const> = "SIP:%61liCE@Versatica.COM:6060;TransPort=TCP;Foo=ABc;baz" ..
  "?X-Header-1=AaA&X-Header-2=Bbb"

describe("a URI", function()
  it("has its parts", function()
    local uri = read(ODD)
    assert.equal("sip", uri.scheme)
    assert.equal("aliCE", uri.user)
    assert.is_nil(uri.password)
    assert.equal("versatica.com", uri.host)
    assert.equal(6060, uri.port)
    assert.equal("versatica.com:6060", uri.hostport)
    assert.equal("secret", read("sip:a:secret@h").password)
    assert.equal("[::1]", read("sip:[::1]:5060").host)
    assert.equal("sips", read("SIPS:h").scheme)
  end)

  it("gets, sets, has and deletes parameters, whatever the case", function()
    local params = read(ODD).params
    assert.equal("tcp", params:get "transport")
    assert.equal("ABc", params:get "FOO")
    assert.is_true(params:has "fOO")
    assert.is_false(params:has "nooo")
    assert.is_nil(params:get "nooo")
    params:set("Foo", "new")
    assert.equal("new", params:get "foo")
    assert.equal("new", params:delete "FOO")
    assert.is_nil(params:delete "FOO")
    assert.is_false(params:has "foo")
    params:set("N", 3)
    assert.equal("3", params.n)
  end)

  it("has parameters without a value: true (differs: SIP.js says null)", function()
    local uri = read(ODD)
    assert.is_true(uri.params:get "baz")
    assert.is_true(uri.params:has "BAZ")
    uri.params:set "lr"
    assert.matches(";lr", tostring(uri), 1, true)
    assert.not_matches(";lr=", tostring(uri), 1, true)
  end)

  it("clears its parameters", function()
    local uri = read(ODD)
    assert.equal(3, #uri.params)
    uri.params:clear()
    assert.equal(0, #uri.params)
    assert.equal("sip:aliCE@versatica.com:6060?x-header-1=AaA&x-header-2=Bbb", tostring(uri))
  end)

  it("gets, sets, has, deletes and clears headers, whatever the case", function()
    local uri = read(ODD)
    local headers = uri.headers
    assert.equal("AaA", headers:get "x-header-1")
    assert.is_true(headers:has "X-HEADER-2")
    assert.is_nil(headers:get "Subject")
    headers:set("Subject", "next meeting")
    assert.equal("next meeting", headers:get "subject")
    assert.matches("&subject=next%20meeting", tostring(uri), 1, true)
    assert.equal("next meeting", headers:delete "SUBJECT")
    headers:clear()
    assert.is_false(headers:has "X-Header-1")
    assert.not_matches("?", tostring(uri), 1, true)
  end)

  it("goes through what it has in the order of the text", function()
    local seen = {}
    for name, value in pairs(read(ODD).params) do
      seen[#seen + 1] = ("%s=%s"):format(name, value)
    end
    assert.same({ "transport=tcp", "foo=ABc", "baz=true" }, seen)
  end)

  it("has a clone of its own", function()
    local uri = read(ODD)
    local copy = uri:clone()
    assert.equal(tostring(uri), tostring(copy))
    copy.user = "popo"
    copy.params:set("foo", "other")
    copy.headers:clear()
    copy.port = nil
    assert.equal("aliCE", uri.user)
    assert.equal("ABc", uri.params.foo)
    assert.equal("AaA", uri.headers:get "X-Header-1")
    assert.equal(6060, uri.port)
    assert.equal("sip:popo@versatica.com;transport=tcp;foo=other;baz", tostring(copy))
  end)

  it("is written in its normal spelling, and keeps the raw one", function()
    local uri = read(ODD)
    assert.equal("sip:aliCE@versatica.com:6060;transport=tcp;foo=ABc;baz" ..
      "?x-header-1=AaA&x-header-2=Bbb", tostring(uri))
    assert.equal(ODD, uri.raw)
    local plain = read "SIP:%61liCE@EXAMPLE.com;Transport=TCP"
    assert.equal("sip:aliCE@example.com;transport=tcp", tostring(plain))
    assert.equal("SIP:%61liCE@EXAMPLE.com;Transport=TCP", plain.raw)
  end)

  it("gives a user of any characters its escapes", function()
    local uri = read "sip:x@h"
    for user, written in pairs {
      ["alice@example.com"] = "alice%40example.com", ["a b"] = "a%20b", ["50%"] = "50%25",
      ["+34;ext=1"] = "+34;ext=1", ["a:b"] = "a%3Ab", ["ä"] = "%C3%A4",
      ["(a)!*'~-_."] = "(a)!*'~-_.",
    } do
      uri.user = user
      assert.equal(("sip:%s@h"):format(written), tostring(uri))
      assert.equal(user, uri.user)
      assert.equal(user, read(tostring(uri)).user)
    end
    uri.user = nil
    assert.equal("sip:h", tostring(uri))
  end)

  it("keeps the escape of a reserved character (differs: SIP.js takes it off)", function()
    local uri = read "sip:a%3bb@h"
    assert.equal("a;b", uri.user)
    assert.equal("sip:a%3Bb@h", tostring(uri))
    assert.is_false(uri:matches "sip:a;b@h")
  end)

  it("is read from texts of every kind", function()
    for _, text in ipairs {
      "sip:h", "sip:a@h", "sip:a:b@h", "sip:a@h:5060", "sip:a@1.2.3.4", "sip:a@[2001:db8::1]:5060",
      "sip:+1-2(3);ext=4@h;user=phone", "sips:a@h.example;lr", "sip:a@h?subject=", "sip:?&=@h",
    } do
      assert.equal(text, tostring(read(text)))
    end
    assert.equal("+1-201-555-0123", read("tel:+1-201-555-0123").text)
    assert.equal("urn:service:sos", tostring(read "URN:service:sos"))
  end)

  it("is nil, err for what is none", function()
    for _, text in ipairs {
      "", "iñaki@aliax.net", "bob", "sip:", "sip:@h", "sip:a@", "sip:a@h:0", "sip:a@h:70000",
      "sip:a b@h", "sip:a@h;;lr", "sip:a@h;=1", "sip:a%4@h", "sip:a@b@c", "<sip:a@h>", ":::",
    } do
      local uri, err = sip.uri(text)
      assert.is_nil(uri, text)
      assert.equal("protocol", err.code)
    end
    assert.error_matches(function() sip.uri(nil) end, "wants a text, got nil")
    assert.error_matches(function() read "sip:h".prt = 1 end, 'did you mean "port"')
    assert.error_matches(function() read "sip:h".params.lr = true end, 'params:set%("lr"')
  end)

  -- The examples of RFC 3261 19.1.4.
  for a, b in pairs {
    ["sip:%61lice@atlanta.com;transport=TCP"] = "sip:alice@AtLanTa.CoM;Transport=tcp",
    ["sip:carol@chicago.com"] = "sip:carol@chicago.com;newparam=5",
    ["sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com"] =
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ["sip:alice@atlanta.com?subject=project%20x&priority=urgent"] =
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  } do
    it(("is the same: %s and %s"):format(a, b), function()
      assert.is_true(read(a):matches(b))
      assert.is_true(read(b):matches(read(a)))
    end)
  end

  for a, b in pairs {
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp"] = "sip:alice@AtLanTa.CoM;Transport=UDP",
    ["sip:bob@biloxi.com"] = "sip:bob@biloxi.com:5060",
    ["sip:bob@biloxi.com;transport=udp"] = "sip:bob@biloxi.com",
    ["sip:carol@chicago.com"] = "sip:carol@chicago.com?Subject=next%20meeting",
    ["sip:bob@phone21.boxesbybob.com"] = "sip:bob@192.0.2.4",
    ["sip:bob@biloxi.com:6000;transport=tcp"] = "sip:bob@biloxi.com",
    ["sip:a@h"] = "sips:a@h",
    ["sip:a@h;maddr=1.2.3.4"] = "sip:a@h",
    ["sip:a@h;x=1"] = "sip:a@h;x=2",
    ["tel:1"] = "sip:1@h",
  } do
    it(("is another: %s and %s"):format(a, b), function()
      assert.is_false(read(a):matches(b))
      assert.is_false(read(b):matches(read(a)))
    end)
  end

  it("is the same not transitively (RFC 3261 19.1.4)", function()
    local plain = read "sip:carol@chicago.com"
    assert.is_true(plain:matches "sip:carol@chicago.com;security=on")
    assert.is_true(plain:matches "sip:carol@chicago.com;security=off")
    assert.is_false(read("sip:carol@chicago.com;security=on"):matches
      "sip:carol@chicago.com;security=off")
    assert.is_false(plain:matches "no uri")
  end)
end)

describe("an address", function()
  local function address(text)
    return assert(sip.address(text))
  end

  it("has display name, URI and parameters", function()
    local a = address '"Iñaki" <SIP:%61liCE@versatica.COM:6060;transport=TCP>;QWE=QWE;ASd'
    assert.equal("Iñaki", a.display)
    assert.equal("aliCE", a.uri.user)
    assert.equal("tcp", a.uri.params.transport)
    assert.equal("QWE", a.params:get "qwe")
    assert.is_true(a.params:get "asd")
    assert.equal('"Iñaki" <sip:aliCE@versatica.com:6060;transport=tcp>;qwe=QWE;asd', tostring(a))
  end)

  it("takes any display name, 0 too", function()
    local a = address "<sip:a@h>"
    assert.is_nil(a.display)
    for given, written in pairs {
      ["0"] = '"0"', [0] = '"0"', Foo = '"Foo"', ['a "b" \\c'] = '"a \\"b\\" \\\\c"',
    } do
      a.display = given
      assert.equal(written .. " <sip:a@h>", tostring(a))
      assert.equal(tostring(given), address(tostring(a)).display)
    end
    a.display = nil
    assert.equal("<sip:a@h>", tostring(a))
  end)

  it("keeps an empty display name (differs: SIP.js leaves it out)", function()
    assert.equal('"" <sip:a@h>', tostring(address '"" <sip:a@h>'))
  end)

  it("has a clone of its own", function()
    local a = address '"Bob" <sip:bob@h;lr>;tag=1'
    local copy = a:clone()
    copy.display = "Bobby"
    copy.uri.user = "bobby"
    copy.uri.params:clear()
    copy.params:set("tag", "2")
    assert.equal('"Bob" <sip:bob@h;lr>;tag=1', tostring(a))
    assert.equal('"Bobby" <sip:bobby@h>;tag=2', tostring(copy))
  end)

  it("is read from texts of every kind", function()
    for text, written in pairs {
      ["Foo Foo Bar\tBaz<sip:a@h>"] = '"Foo Foo Bar\tBaz" <sip:a@h>',
      ["<sip:foo.com>;tag=1"] = "<sip:foo.com>;tag=1",
      ["sip:foo@h;lr"] = "<sip:foo@h>;lr",
      ['"a;b,<c" < sip:a@h > ; x = 1;y'] = '"a;b,<c" <sip:a@h>;x=1;y',
      ['<sip:a@h>;reason="a;b"'] = '<sip:a@h>;reason="a;b"',
      ["<tel:+1>"] = "<tel:+1>",
    } do
      assert.equal(written, tostring(address(text)))
    end
  end)

  it("is nil, err for what is none", function()
    for _, text in ipairs {
      "", "*", "<sip:a@h", 'Foo" <sip:a@h', '"open <sip:a@h>', '"a" b <sip:a@h>', "<sip:a@h>junk",
      "<sip:a@h>;", "<bob>",
    } do
      local a, err = sip.address(text)
      assert.is_nil(a, text)
      assert.equal("protocol", err.code)
    end
    assert.error_matches(function() sip.address(1) end, "wants a text, got number")
    assert.error_matches(function() address "<sip:h>".user = "x" end, "unknown field")
  end)
end)
