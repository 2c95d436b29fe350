-- SPDX-License-Identifier: MIT
-- sip.publications: an event state compositor (RFC 3903 section 6).

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local ALICE <const> = "sip:alice@127.0.0.1"
local PIDF <const> = "application/pidf+xml"

describe("sip.publications", function()
  local server, raw, publications

  before_each(function()
    support.virtual()
    server, raw = support.agent "esc", support.socket()
  end)

  local function serve(options)
    publications = sip.publications(options)
    server.delegate = { on_publish = function(incoming) publications:handle(incoming) end }
    return publications
  end

  local calls = 0

  --- t: event, etag, expires, body, type, uri. Status and headers of the answer.
  local function publish(t)
    calls = calls + 1
    local headers = { "Event: " .. (t.event or "presence") }
    local function add(name, value)
      headers[#headers + 1] = value and ("%s: %s"):format(name, value)
    end
    add("SIP-If-Match", t.etag)
    add("Expires", t.expires)
    add("Content-Type", t.type or t.body and PIDF)
    raw:send(support.request_text("PUBLISH", {
      uri = t.uri or ALICE, from = raw.address, headers = headers, body = t.body,
      call_id = "publish-" .. calls,
    }), server.address)
    local answer = assert(raw:receive(2))
    local lines = {}
    for name, value in answer:gmatch "\r\n([%w-]+): ([^\r]*)" do
      lines[name] = value
    end
    return tonumber(answer:match "^SIP/2.0 (%d+)"), lines
  end

  it("keeps a first publication, with a tag and a time", function()
    serve()
    local status, lines = publish { body = "open" }
    assert.equal(200, status)
    assert.equal("3600", lines.Expires)
    assert.is_string(lines["SIP-ETag"])
    assert.same({
      { etag = lines["SIP-ETag"], body = "open", content_type = PIDF, expires = 3600 },
    }, publications:get(ALICE, "presence"))
    assert.same({}, publications:get(ALICE, "dialog"))
    assert.same({}, publications:get("sip:bob@127.0.0.1", "presence"))
    assert.equal("Publications (1)", tostring(publications))
  end)

  it("refreshes, modifies and removes by the tag, which changes each time", function()
    serve()
    local _, first = publish { body = "one", expires = 100 }
    sip.sleep(90)
    local status, second = publish { etag = first["SIP-ETag"], expires = 100 }
    assert.equal(200, status)
    assert.not_equal(first["SIP-ETag"], second["SIP-ETag"])
    sip.sleep(90)
    local state = publications:get(ALICE, "presence")[1]
    assert.equal("one", state.body)
    assert.equal(10, state.expires)
    local _, third = publish { etag = second["SIP-ETag"], body = "two", type = "text/plain" }
    state = publications:get(ALICE, "presence")[1]
    assert.same({ "two", "text/plain" }, { state.body, state.content_type })
    assert.equal(1, #publications:get(ALICE, "presence"))
    local last
    status, last = publish { etag = third["SIP-ETag"], expires = 0 }
    assert.equal(200, status)
    assert.equal("0", last.Expires)
    assert.same({}, publications:get(ALICE, "presence"))
  end)

  it("answers 412 to a tag that is not there any more", function()
    serve()
    local _, lines = publish { body = "one", expires = 10 }
    assert.equal(412, (publish { etag = "nonsense" }))
    sip.sleep(11)
    assert.equal(412, (publish { etag = lines["SIP-ETag"] }))
    local _, again = publish { body = "one" }
    publish { etag = again["SIP-ETag"], body = "two" }
    assert.equal(412, (publish { etag = again["SIP-ETag"], body = "three" }))
    assert.equal("two", publications:get(ALICE, "presence")[1].body)
  end)

  it("answers 400 to what is not whole", function()
    serve()
    assert.equal(400, (publish {}))               -- a first one without a body
    assert.equal(400, (publish { expires = 0 }))
    assert.equal(400, (publish { etag = "a, b", body = "x" }))
    calls = calls + 1
    raw:send(support.request_text("PUBLISH", {
      uri = ALICE, from = raw.address, body = "x", headers = { "Event: presence" },
      call_id = "publish-" .. calls,
    }), server.address)                           -- a body of no type
    assert.matches("^SIP/2.0 400 ", raw:receive(2))
    assert.same({}, publications:get(ALICE, "presence"))
  end)

  it("answers 489 to events that it has not", function()
    serve { events = { "presence", "dialog" } }
    local status, lines = publish { body = "x", event = "message-summary" }
    assert.equal(489, status)
    assert.equal("presence, dialog", lines["Allow-Events"])
    assert.equal(489, (publish { body = "x", event = ";id=1" }))
    assert.equal(200, (publish { body = "x", event = "Dialog;id=1" }))
    assert.equal(1, #publications:get(ALICE, "dialog"))
  end)

  it("has limits: 423, a shorter time, a default", function()
    serve { min_expires = 60, max_expires = 120, default_expires = 90 }
    local status, lines = publish { body = "x", expires = 59 }
    assert.equal(423, status)
    assert.equal("60", lines["Min-Expires"])
    assert.same({}, publications:get(ALICE, "presence"))
    for asked, granted in pairs { [60] = "60", [9999] = "120", soon = "90" } do
      assert.equal(granted, select(2, publish { body = "x", expires = asked }).Expires)
    end
  end)

  it("keeps apart what several phones publish, by address and event", function()
    serve()
    publish { body = "desk" }
    publish { body = "mobile", uri = "sip:%61lice@127.0.0.1;x=1" }
    publish { body = "bob", uri = "sip:bob@127.0.0.1" }
    publish { body = "dialog", event = "dialog" }
    local bodies = {}
    for i, state in ipairs(publications:get("sip:alice@127.0.0.1", "Presence")) do
      bodies[i] = state.body
    end
    assert.same({ "desk", "mobile" }, bodies)
  end)

  it("tells of changes", function()
    local told = {}
    serve().on_change = function(uri, event, states)
      told[#told + 1] = ("%s %s %d"):format(uri, event, #states)
    end
    local _, lines = publish { body = "x" }
    publish { body = "y", event = "dialog" }
    publish { etag = "no" }
    publish { etag = lines["SIP-ETag"], expires = 0 }
    assert.same({ ALICE .. " presence 1", ALICE .. " dialog 1", ALICE .. " presence 0" }, told)
  end)

  it("makes no tag twice, in two compositors either", function()
    local seen = {}
    for _ = 1, 2 do
      serve()
      for _ = 1, 3 do
        local tag = select(2, publish { body = "x" })["SIP-ETag"]
        assert.is_nil(seen[tag])
        seen[tag] = true
      end
    end
  end)

  it("works with a user agent's own PUBLISH", function()
    serve()
    local alice = support.agent "alice"
    local response = assert(alice:publish(support.uri(server, "alice"), {
      event = "presence", expires = 60, body = { "open", PIDF },
    }):expect "2xx")
    assert.equal("60", response.message:header "Expires")
    local states = publications:get(support.uri(server, "alice"), "presence")
    assert.equal(response.message:header "SIP-ETag", states[1].etag)
  end)

  it("returns the status of its answer, and handles PUBLISH alone", function()
    local status
    publications = sip.publications()
    server.delegate = { on_request = function(incoming) status = publications:handle(incoming) end }
    publish { body = "x", event = "a" }
    assert.equal(200, status)
    assert.error_matches(function() publications:get("x", "presence") end, "not a SIP URI", 1, true)
    assert.error_matches(function() sip.publications { event = {} } end,
      'publications: unknown option "event" (did you mean "events"?)', 1, true)
    local errors = support.errors()
    raw:send(support.request_text("FOO", { uri = ALICE, from = raw.address }), server.address)
    assert.matches("^SIP/2.0 500 ", raw:receive(2))
    assert.matches("wants a PUBLISH, got a FOO", errors[1], 1, true)
  end)
end)
