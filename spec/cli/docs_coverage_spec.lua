-- SPDX-License-Identifier: MIT
-- docs/scripting.md against the sources: every type, member, option, switch,
-- delegate function, error, cause and reason that there is stands in the section
-- that it belongs to, and in an example that docs_spec runs.

local declarations = require "spec.support.declarations"
local pages = require "spec.support.pages"

local PAGE <const> = "docs/scripting.md"

--- Where each class of the annotations is told.
local TOLD_IN <const> = {
  ["User agents"] = { "AgentOptions", "AgentDelegate", "ExpectOptions", "UserAgent" },
  ["What the engine does by itself"] = { "Auto" },
  ["Outgoing requests"] = {
    "OutgoingRequest", "OutgoingByeRequest", "OutgoingCancelRequest", "OutgoingInfoRequest",
    "OutgoingInviteRequest", "OutgoingMessageRequest", "OutgoingNotifyRequest",
    "OutgoingPrackRequest", "OutgoingUpdateRequest", "CancelOptions", "RequestDelegate",
  },
  ["Options of a request"] = { "RequestOptions", "RequestAuth", "Body", "HeaderEdits" },
  ["Session descriptions"] = { "sdp.Options", "sdp.Codec" },
  ["Registering and publishing"] = {
    "Binding", "OutgoingRegisterRequest", "OutgoingPublishRequest", "RegisterOptions",
  },
  Responses = { "IncomingResponse" },
  Challenges = { "AgentAuth" },
  ["Any step overridden"] = { "AckOptions", "EditInfo", "FailureAckOptions" },
  ["Incoming requests"] = {
    "AnswerOptions", "IncomingDelegate", "IncomingRequest", "IncomingAckRequest",
    "IncomingByeRequest", "IncomingCancelRequest", "IncomingInfoRequest",
    "IncomingInviteRequest", "IncomingMessageRequest", "IncomingNotifyRequest",
    "IncomingOptionsRequest", "IncomingPrackRequest", "IncomingPublishRequest",
    "IncomingReferRequest", "IncomingRegisterRequest", "IncomingSubscribeRequest",
    "IncomingUpdateRequest",
  },
  Sessions = { "Session", "SessionDelegate" },
  Subscriptions = {
    "OutgoingReferRequest", "OutgoingSubscribeRequest", "SubscribeDelegate", "Subscription",
    "SubscriptionDelegate",
  },
  Messages = {
    "Message", "AddressView", "UriView", "sdp.Attribute", "sdp.Media", "sdp.View",
  },
  ["URIs and addresses"] = { "Address", "Params", "Uri" },
  ["Tasks and time"] = { "Task" },
  ["Load scripts"] = { "Call", "Load", "LoadFailure", "LoadOptions", "Snapshot", "Trend" },
  Digest = { "DigestServer", "DigestServerOptions" },
  Registrar = { "Registrar", "RegistrarOptions", "registrar.Binding" },
  ["Event state"] = { "Publications", "PublicationsOptions", "publications.State" },
  ["Faults and raw sockets"] = { "Faults", "Socket" },
  ["The embedded peer"] = { "Peer", "peer.Options" },
  Errors = { "Error" },
  ["Counters"] = { "Objects" },
}

--- What the examples call objects of a class. Its members count as shown where
--- they are used of one of these; those of option tables where a table has them.
local CALLED <const> = {
  Address = { "address", "contact", "other" },
  Call = { "call" },
  DigestServer = { "guard" },
  Error = { "err" },
  IncomingRequest = { "incoming", "info", "notify", "cancel" },
  IncomingResponse = { "response", "early" },
  Load = { "load" },
  Message = { "message" },
  OutgoingRequest = { "request", "invite", "update", "subscribe", "refer", "bye" },
  Params = { "params", "headers" },
  Peer = { "peer" },
  Publications = { "publications" },
  Registrar = { "registrar" },
  Session = { "session", "at_alice", "at_bob", "with_bob", "with_carol" },
  Snapshot = { "snapshot" },
  Socket = { "raw", "echo", "socket", "deaf", "bob" },
  Subscription = { "subscription", "notifier", "at_bob", "progress" },
  Task = { "task", "sleeper", "waiter" },
  Uri = { "uri" },
  UserAgent = { "alice", "bob", "carol", "agent" },
}

--- What a user has no business with.
local UNTOLD <const> = {
  ["AgentOptions.peer"] = "the peer's own switch between the engines of a process",
}

--- What no example can show, and why.
local UNSHOWN <const> = {
  ["error no_address"] = "needs a name service, or an address that is no loopback",
  ["error unreachable"] = "needs a route that is missing: loopback always is there",
  ["error denied"] = "needs a kernel that forbids something",
  ["error io"] = "needs a machine that fails",
}

local function files(pattern)
  local paths = {}
  local list <close> = assert(io.popen("ls " .. pattern))
  for path in list:lines() do
    paths[#paths + 1] = path
  end
  assert(#paths > 0, "no " .. pattern)
  return paths
end

local function sources(pattern)
  local texts = {}
  for i, path in ipairs(files(pattern)) do
    texts[i] = pages.read(path)
  end
  return table.concat(texts, "\n")
end

--- All that a pattern captures, each once, in order.
local function all(text, pattern)
  local found, list = {}, {}
  for word in text:gmatch(pattern) do
    if not found[word] then
      found[word] = true
      list[#list + 1] = word
    end
  end
  table.sort(list)
  return list
end

--- The texts in the calls of some functions: `session_over(s, "bye sent")`.
local function said_by(text, functions)
  local said = {}
  for _, name in ipairs(functions) do
    for arguments in text:gmatch("%f[%w_]" .. name .. "(%b())") do
      said[#said + 1] = arguments
    end
  end
  local texts = all(table.concat(said, "\n"), '"([^"]*)"')
  return all(table.concat(texts, "\n"), "%f[^\n\0]([%l%d][^\n%%]+)%f[\n\0]")
end

--- The words in the first column of a section's tables.
local function first_column(text)
  local words = {}
  for cell in ("\n" .. text):gmatch "\n| ([^|]*`[^|]*) |" do
    for word in cell:gmatch "`([^`]+)`" do
      words[#words + 1] = word
    end
  end
  table.sort(words)
  return words
end

local function join(...)
  local joined = {}
  for _, list in ipairs { ... } do
    table.move(list, 1, #list, #joined + 1, joined)
  end
  return all(table.concat(joined, "\n"), "[^\n]+")
end

describe(PAGE, function()
  local sections = pages.sections(PAGE)
  local examples = pages.examples(PAGE)
  local classes, module = declarations.read(join(files "lua/meta/*.lua",
    { "lua/sipwright/sdp.lua", "lua/sipwright/peer.lua" }))
  local agent, script = sources "engine/agent/*.c", sources "engine/script/*.c"
  local lua = sources "lua/sipwright/*.lua"
  local dispatch = sources "engine/transaction/*.c"

  local function section(title)
    return assert(sections[title], "no section " .. title).text
  end

  --- `.name`, `:name` or `name =` in an example.
  local function is_used(name)
    return examples:find("[.:]" .. name .. "%f[^%w_]") ~= nil
      or examples:find("%f[%w_]" .. name .. " =[^=]") ~= nil
  end

  --- `request:name` or `request.name`, for one of the names that requests have.
  local function is_used_of(class, name)
    for _, object in ipairs(CALLED[class]) do
      if examples:find("%f[%w_]" .. object .. "[.:]" .. name .. "%f[^%w_]") then
        return true
      end
    end
    return false
  end

  local function is_shown(class, member)
    if not CALLED[class] then
      return is_used(member)
    end
    return is_used_of(class, member)
  end

  --- A word in quotes, or in what an example promises to print.
  local function is_printed(word)
    local plain = word:gsub("%p", "%%%0")
    return examples:find('"' .. word .. '"', 1, true) ~= nil
      or examples:find("%-%-> [^\n]*%f[%w_]" .. plain .. "%f[^%w_]") ~= nil
  end

  --- The names of a list that stand neither there nor on a list of exceptions.
  local function missing(list, is_there, prefix, exceptions)
    local gone = {}
    for _, name in ipairs(list) do
      if not is_there(name) and not exceptions[prefix .. name] then
        gone[#gone + 1] = prefix .. name
      end
    end
    return gone
  end

  local function assert_told(list, title)
    local quoted = pages.quoted(section(title))
    assert.is_true(#list > 0)
    assert.same({}, missing(list, function(name) return quoted[name] end, "", {}))
  end

  local function assert_shown(list, is_there, prefix)
    assert.is_true(#list > 0)
    assert.same({}, missing(list, is_there, prefix or "", UNSHOWN))
  end

  it("has a section for every class", function()
    local lost = {}
    for name in pairs(classes) do
      lost[name] = true
    end
    for title, names in pairs(TOLD_IN) do
      section(title)
      for _, name in ipairs(names) do
        assert.is_truthy(classes[name], name .. " is not declared")
        lost[name] = nil
      end
    end
    assert.same({}, lost)
  end)

  for title, names in pairs(TOLD_IN) do
    for _, name in ipairs(names) do
      it(("tells the members of %s in %q, and shows each"):format(name, title), function()
        local quoted = pages.quoted(section(title))
        local list = {}
        for member in pairs(classes[name].members) do
          list[#list + 1] = member
        end
        table.sort(list)
        local prefix = name .. "."
        assert.same({}, missing(list, function(member) return quoted[member] end, prefix, UNTOLD))
        assert.same({}, missing(list, function(member)
          return UNTOLD[prefix .. member] or is_shown(name, member)
        end, prefix, UNSHOWN))
      end)
    end
  end

  it("names every type that sip.type knows, and shows each", function()
    local types = join(all(script, 'class_[%w_]+ = { "(%u%w+)"'), all(script, '%.name = "(%u%w+)"'),
      all(script, '"(Outgoing%w+)"'), all(script, '"(Incoming%w+)"'))
    local public = missing(types, function(name) return not classes[name] end, "", {})
    assert.same({ "Signal", "Usage" }, missing(types, function(name) return classes[name] end,
      "", {}))
    assert_told(public, "Types")
    assert.same(public, first_column(section "Types"))
    assert_shown(public, is_printed, "type ")
  end)

  it("tells every function of the module, and shows each", function()
    local names = {}
    for name in pairs(module) do
      names[#names + 1] = name
    end
    table.sort(names)
    local text = pages.read(PAGE)
    assert.same({}, missing(names, function(name)
      return text:find("`sip." .. name .. "%f[^%w_]") end, "sip.", {}))
    assert_shown(names, function(name)
      return examples:find("%f[%w_]sip%." .. name .. "%f[^%w_]") ~= nil
    end, "sip.")
  end)

  it("tells every switch, and shows each in a table auto", function()
    local switches = all(pages.read "engine/agent/auto.c", '%] = "([%w_]+)"')
    assert.same(switches, first_column(section "What the engine does by itself"))
    local tables = {}
    for body in examples:gmatch "auto = (%b{})" do
      tables[#tables + 1] = body
    end
    local used = table.concat(tables, "\n")
    assert_shown(switches, function(name)
      return used:find("%f[%w_]" .. name .. " = ") ~= nil
    end, "switch ")
  end)

  it("tells every option that the engine reads", function()
    local args = pages.read "engine/script/args.c"
    assert_told(all(args, '%[KEY_[%u_]+%] = "([%w_]+)"'), "Options of a request")
    assert_told(all(assert(args:match '"body",%s+"extra_headers",%s+"reason"[^;]+'), '"([%w_]+)"'),
      "Incoming requests")
    assert_told({ "silent", "cancel", "bye" }, "Outgoing requests")
  end)

  it("names every function of a delegate, and shows each", function()
    local names = join(all(script, '"(on_[%l_]+)"'), all(lua, "%f[%w_](on_change)%f[^%w_]"))
    local quoted = pages.quoted(pages.read(PAGE))
    assert.same({}, missing(names, function(name) return quoted[name] end, "", {}))
    assert_shown(names, is_used)
  end)

  it("names every code of an error, and shows each", function()
    local codes = join(
      missing(all(pages.read "engine/base/err.c", '%] = { "([%l_]+)"'),
        function(name) return name == "none" end, "", {}),
      all(script, 'lerror_return%(L,%s*"([%l_]+)"'), all(script, 'lerror_push%(L,%s*"([%l_]+)"'),
      all(lua, '%f[%w]failure%("([%l_]+)"'))
    assert.same(codes, first_column(section "Errors"))
    assert_shown(codes, is_printed, "error ")
  end)

  it("names every cause", function()
    assert_told(join(said_by(agent, { "request_finish_synthetic" }), { "transport:refused" }),
      "Responses")
    assert_told(join(said_by(agent, { "session_over", "request_end_early" }),
      { "disposed" }), "Sessions")
    assert_told(join(said_by(agent, { "subscription_end", "stop" }),
      all(agent, 'notifier_finish%([^"]*"[^"]*", "([^"]+)"'), all(agent, 'ends_by = [^;]*"(%l+)"')),
      "Subscriptions")
  end)

  it("names every problem of a response", function()
    local words = all(pages.read "engine/agent/problems.c", ', "([%l-]+)" }')
    assert.same(words, first_column(section "Problems"))
  end)

  it("names every reason for which a message goes no further", function()
    local reasons = join(said_by(agent, { "engine_drop" }), said_by(agent, { "unsent" }),
      said_by(dispatch, { "drop_message", "tx_drop_bytes" }),
      all(pages.read "engine/transaction/dispatch.c", 'return "([%l-]+)";'))
    reasons = missing(reasons, function(text) return text:find " " end, "", {})
    assert.same(reasons, first_column(section "What went no further"))
  end)

  it("names every counter, and shows each", function()
    local counters = all(pages.read "engine/script/bind_counters.c", 'set%(L, "([%l_]+)"')
    assert.same(counters, first_column(section "Counters"))
    assert_shown(counters, is_used, "counter ")
    assert_told(all(pages.read "engine/script/agent_faults.c", '{ "(%l+)", offsetof'),
      "Faults and raw sockets")
  end)

  it("has no exception that is none", function()
    for name in pairs(UNTOLD) do
      local class, member = name:match "^(.*)%.(%w+)$"
      assert.is_truthy(classes[class].members[member], name)
    end
    for name in pairs(UNSHOWN) do
      assert.is_false(is_printed(name:match "%S+$"), name)
    end
  end)
end)
