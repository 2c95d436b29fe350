-- SPDX-License-Identifier: MIT
-- Options of requests and answers: what they change on the wire.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("options of a request", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  --- Sends it and returns the message as bob has it.
  local function sent(options, method)
    method = method or "MESSAGE"
    local request = assert(alice:request(method, support.uri(bob), options))
    local incoming = assert(bob:expect("*", { timeout = 2 }))
    request:dispose()
    return incoming.message, request.message
  end

  it("body: a text gets the usual type", function()
    local message = sent({ body = "v=0\r\n" }, "INVITE")
    assert.equal("v=0\r\n", message.body)
    assert.equal("application/sdp", message:header "Content-Type")
    assert.equal("5", message:header "Content-Length")
    assert.equal("text/plain", sent { body = "hi" }:header "Content-Type")
  end)

  it("body: a table gives type and disposition, by name or place", function()
    for _, body in ipairs {
      { content = "<x/>", type = "text/xml", disposition = "render" },
      { "<x/>", "text/xml", "render" },
    } do
      local message = sent { body = body }
      assert.equal("<x/>", message.body)
      assert.equal("text/xml", message:header "Content-Type")
      assert.equal("render", message:header "Content-Disposition")
    end
  end)

  it("body: any bytes arrive as they are", function()
    local bytes = {}
    for i = 0, 255 do
      bytes[#bytes + 1] = string.char(i)
    end
    local text = table.concat(bytes)
    assert.equal(text, sent { body = { text, "application/octet-stream" } }.body)
  end)

  it("extra_headers: lines, in order, with the caller's spelling", function()
    local message = sent { extra_headers = { "X-tEST: 1", "x-other:  2", "X-tEST: 3" } }
    assert.same({ "1", "3" }, message:headers "x-test")
    assert.is_truthy(message:bytes():find("\r\nX-tEST: 1\r\n", 1, true))
    assert.is_truthy(message:bytes():find("\r\nx-other:  2\r\n", 1, true))
  end)

  it("from, to, contact, via, call_id, cseq, request_uri: as given", function()
    local message = sent({
      from = '"A" <sip:a@example.com>;tag=ft', to = "<sip:b@example.com>;x=1",
      contact = "<sip:c@127.0.0.1:9>;+sip.instance=1", call_id = "my-call@id", cseq = 77,
      request_uri = "sip:elsewhere@example.org",
    }, "INVITE")
    assert.equal("sip:elsewhere@example.org", message.uri)
    assert.equal('"A" <sip:a@example.com>;tag=ft', message.from)
    assert.equal("<sip:b@example.com>;x=1", message.to)
    assert.equal("<sip:c@127.0.0.1:9>;+sip.instance=1", message:header "Contact")
    assert.equal("my-call@id", message.call_id)
    assert.equal(77, message.cseq)
  end)

  it("via: the whole value", function()
    local message = sent { via = ("SIP/2.0/UDP %s;branch=z9hG4bKmine"):format(alice.address) }
    assert.matches("branch=z9hG4bKmine", message.via, 1, true)
  end)

  it("route: one value, and the request goes there", function()
    local proxy = support.agent "proxy"
    local request = alice:message("sip:far@away.invalid", {
      body = "x", route = ("<sip:%s;lr>"):format(proxy.address),
    })
    local message = assert(proxy:expect "MESSAGE").message
    assert.equal(("<sip:%s;lr>"):format(proxy.address), message:header "Route")
    assert.equal("sip:far@away.invalid", message.uri)
    request:dispose()
  end)

  it("headers: removes, replaces, inserts, in compact form, folded", function()
    local message = sent { headers = { remove = { "Max-Forwards" } } }
    assert.is_nil(message:header "Max-Forwards")
    assert.equal("11", sent { headers = { replace = { ["Max-Forwards"] = "11" } } }
      :header "Max-Forwards")
    message = sent { headers = { insert = { { "X-First", "1", at = 1 }, { "X-Last", "2" } } } }
    assert.matches("^MESSAGE [^\r]*\r\nX%-First: 1\r\n", message:bytes())
    assert.equal("2", message:header "X-Last")
    local compact = sent { headers = { compact = true } }
    assert.is_truthy(compact:bytes():find("\r\ni: ", 1, true))
    assert.is_nil(compact:bytes():find("\r\nCall-ID:", 1, true))
    assert.equal(compact.call_id, compact:header "Call-ID")
    local folded, asked = sent {
      extra_headers = { "X-Long: one, two" }, headers = { fold = true },
    }
    assert.equal("one, two", folded:header "X-Long")
    assert.is_truthy(asked:bytes():find("\r\n[ \t]"))
  end)

  it("headers.replace: a list keeps the order of its entries", function()
    local message = sent { headers = { replace = { { "Max-Forwards", "5" } } } }
    assert.equal("5", message:header "Max-Forwards")
  end)

  it("edit: text in, text out, at the last moment", function()
    local message, asked = sent {
      edit = function(text)
        assert.matches("^MESSAGE sip:bob@", text)
        return (text:gsub("SIP/2.0\r\nVia", "SIP/2.0\r\nX-Edited: yes\r\nVia", 1))
      end,
    }
    assert.equal("yes", message:header "X-Edited")
    assert.equal(asked:bytes():match "X%-Edited", "X-Edited")
  end)

  it("edit: what is no text changes nothing", function()
    assert.equal("x", sent { body = "x", edit = function() end }.body)
    assert.equal("x", sent { body = "x", edit = function() return 5 end }.body)
  end)

  it("edit: an error in it is raised at the call", function()
    assert.error_matches(function()
      alice:message(support.uri(bob), { edit = function() error "edit is broken" end })
    end, "edit is broken\nstack traceback:\n\t[%./]*spec/options_spec.lua:%d+: in ")
  end)

  it("raw: these bytes instead of everything", function()
    local text = support.request_text("OPTIONS", {
      uri = "sip:raw@example.com", from = alice.address, headers = { "weird : yes" },
    })
    local request = assert(alice:request("OPTIONS", support.uri(bob), { raw = text }))
    local incoming = assert(bob:expect "OPTIONS")
    assert.equal("yes", incoming.message:header "weird")
    assert.equal(text, request.message:bytes())
    incoming:reply(200)
    assert.equal(200, assert(request:await(2)).status)
  end)

  it("gives each request a Call-ID, branch and tag of its own", function()
    local seen = {}
    for _ = 1, 20 do
      local message = sent { body = "x" }
      for _, value in ipairs {
        message.call_id, message.from_tag, message.via:match "branch=([^;]+)",
      } do
        assert.is_nil(seen[value], value)
        seen[value] = true
      end
    end
  end)
end)

describe("options of an answer", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  local function answered(status, options)
    local request = assert(alice:message(support.uri(bob), { body = "x" }))
    assert(assert(bob:expect "MESSAGE"):reply(status, options))
    return assert(request:await(2))
  end

  it("reason, to_tag, extra_headers, body", function()
    local response = answered(299, {
      reason = "As You Like It", to_tag = "mytag", extra_headers = { "X-A: 1" },
      body = { "ok", "text/plain" },
    })
    assert.equal("As You Like It", response.reason)
    assert.equal("mytag", response.message.to_tag)
    assert.equal("1", response.message:header "X-A")
    assert.equal("ok", response.message.body)
  end)

  it("headers and edit", function()
    local response = answered(200, {
      headers = { insert = { { "X-B", "2" } } },
      edit = function(text) return (text:gsub("200 OK", "202 Edited")) end,
    })
    assert.equal(202, response.status)
    assert.equal("Edited", response.reason)
    assert.equal("2", response.message:header "X-B")
  end)

  it("raw", function()
    local request = assert(alice:message(support.uri(bob), { body = "x" }))
    local incoming = assert(bob:expect "MESSAGE")
    incoming:reply(200, {
      raw = support.response_text(incoming.message:bytes(), "233 Raw Bytes"),
    })
    assert.equal(233, assert(request:await(2)).status)
  end)

  it("contact", function()
    local request = alice:invite(support.uri(bob))
    bob:expect("INVITE"):accept { body = sip.sdp(), contact = "<sip:special@127.0.0.1:1>" }
    local response = assert(request:await(2))
    assert.equal("<sip:special@127.0.0.1:1>", response.message:header "Contact")
    assert.equal("sip:special@127.0.0.1:1", response.session.remote_target)
    response.session:dispose()
  end)
end)
