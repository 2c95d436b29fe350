-- SPDX-License-Identifier: MIT
-- PUBLISH (RFC 3903): the entity tag from request to request.

local support = require "spec.support.sip_support"

local BODY <const> = { "<presence/>", "application/pidf+xml" }

--- Answers with a tag for each request: t1, t2, …; to be changed by number.
local function server(answers)
  return support.server(function(incoming, n)
    local status, lines = 200, { "SIP-ETag: t" .. n, "Expires: 60" }
    if answers and answers[n] then
      status, lines = answers[n].status or 200, answers[n].lines or lines
    end
    incoming:reply(status, { extra_headers = lines })
  end)
end

local function publish(agent, at, options, name)
  options.event = options.event or "presence"
  return agent:publish(support.uri(at, name or "alice"), options)
end

describe("agent:publish", function()
  it("modifies, refreshes and removes what it has published", function()
    local esc, seen = server()
    local alice = support.agent "alice"
    local first = publish(alice, esc, { body = BODY, expires = 60 })
    assert(first:expect "2xx")
    assert.equal("t1", first.etag)
    assert(publish(alice, esc, { body = BODY, expires = 60 }):expect "2xx")
    assert(publish(alice, esc, { expires = 60 }):expect "2xx")
    assert(publish(alice, esc, { expires = 0 }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert.same({ false, "t1", "t2", "t3", false }, support.each(seen, "SIP-If-Match"))
    assert.same({ "60", "60", "60", "0", false }, support.each(seen, "Expires"))
    assert.equal("OutgoingPublishRequest", require "sipwright".type(first))
    assert.equal("t1", first.etag)
  end)

  it("keeps a tag for each resource and event", function()
    local esc, seen = server()
    local alice = support.agent "alice"
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }, "bob"):expect "2xx")
    assert(publish(alice, esc, { body = BODY, event = "dialog" }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }, "bob"):expect "2xx")
    assert(publish(alice, esc, { body = BODY, event = "dialog" }):expect "2xx")
    assert.same({ false, false, false, "t1", "t2", "t3" }, support.each(seen, "SIP-If-Match"))
  end)

  it("takes the tag that the request is given, or none", function()
    local esc, seen = server()
    local alice = support.agent "alice"
    assert(publish(alice, esc, { body = BODY, etag = "mine" }):expect "2xx")
    assert(publish(alice, esc, { body = BODY, etag = "" }):expect "2xx")
    assert(publish(alice, esc, { extra_headers = { "SIP-If-Match: theirs" } }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert.same({ "mine", false, "theirs", "t3" }, support.each(seen, "SIP-If-Match"))
    assert.same({ "theirs" }, seen[3]:headers "SIP-If-Match")
  end)

  it("begins anew after a 412, which the script sees", function()
    local esc, seen = server { [2] = { status = 412, lines = {} } }
    local alice = support.agent "alice"
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    local refused = publish(alice, esc, { body = BODY })
    assert(refused:expect(412))
    assert.is_nil(refused.etag)
    assert.equal(1, refused.attempts)
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert.same({ false, "t1", false }, support.each(seen, "SIP-If-Match"))
  end)

  it("keeps its tag when the 412 is about another one", function()
    local esc, seen = server { [2] = { status = 412, lines = {} } }
    local alice = support.agent "alice"
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert(publish(alice, esc, { body = BODY, etag = "wrong" }):expect(412))
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert.same({ false, "wrong", "t1" }, support.each(seen, "SIP-If-Match"))
  end)

  it("keeps its tag over other failures, and none where the 2xx has none", function()
    local esc, seen = server { [2] = { status = 503, lines = {} }, [3] = { lines = {} } }
    local alice = support.agent "alice"
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }):expect(503))
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert(publish(alice, esc, { body = BODY }):expect "2xx")
    assert.same({ false, "t1", "t1", false }, support.each(seen, "SIP-If-Match"))
  end)
end)
