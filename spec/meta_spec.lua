-- SPDX-License-Identifier: MIT
-- The declarations in lua/meta against the live classes, in both directions.

local sip = require "sipwright"
local core = require "sipwright.core"
local declarations = require "spec.support.declarations"
local support = require "spec.support.sip_support"

local ROOT <const> = debug.getinfo(1, "S").source:match "^@(.-)/?spec/meta_spec.lua$"

local function files()
  local paths = {}
  local list <close> = assert(io.popen(("ls %s/lua/meta/*.lua"):format(ROOT == "" and "." or ROOT)))
  for path in list:lines() do
    paths[#paths + 1] = path
  end
  return paths
end

local classes, functions = declarations.read(files())

local function declared_members(name)
  return declarations.members(classes, name)
end

--- What a live object has: the members table behind its metatable's __index.
local function live_members(object)
  local members = {}
  local _, table = debug.getupvalue(debug.getmetatable(object).__index, 1)
  for name, member in pairs(table) do
    members[name] = type(member) == "function" and "method" or "property"
  end
  return members
end

--- The functions of a class that is written in Lua.
local function lua_methods(object)
  local class = debug.getmetatable(object)
  return type(class.__index) == "table" and class.__index or class
end

--- One object of each class, made by using it.
local function live_objects()
  local objects = {}
  local function keep(object)
    objects[sip.type(object)] = object
    return object
  end
  local alice, bob = support.pair({}, { auto = { options = false } })
  keep(alice)
  local invite = keep(alice:invite(support.uri(bob), { body = sip.sdp() }))
  local incoming = keep(assert(bob:expect "INVITE"))
  keep(incoming.message)
  local at_bob = keep(incoming:accept { body = sip.sdp() })
  local session = keep(keep(assert(invite:expect "2xx")).session)
  keep(assert(at_bob:expect "ACK"))
  keep(session:bye()):await(2)
  keep(assert(at_bob:expect "BYE"))
  local ringing = alice:invite(support.uri(bob))
  incoming = assert(bob:expect "INVITE")
  incoming:progress(180)
  ringing:expect(180)
  keep(ringing:cancel())
  keep(assert(incoming:expect "CANCEL"))
  for method in ("FOO INFO MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER SUBSCRIBE UPDATE")
    :gmatch "%u+" do
    keep(alice:request(method, support.uri(bob)))
    keep(assert(bob:expect(method)))
  end
  local subscribe = alice:subscribe(support.uri(bob), { event = "presence", expires = 60 })
  keep(assert(bob:expect "SUBSCRIBE"):accept())
  assert(subscribe:expect "2xx")
  keep(alice:register { request_uri = support.uri(bob), to = "<" .. support.uri(bob) .. ">" })
  keep(assert(bob:expect "REGISTER"))
  keep(support.socket())
  keep(sip.spawn(function() end))
  keep(sip.digest_server { realm = "r" })
  local load = keep(sip.load { agent = alice, calls = 1, rate = 1, scenario = keep })
  assert(load:wait(2))
  return objects
end

describe("lua/meta", function()
  local objects

  setup(function()
    objects = live_objects()
    support.close_all()
  end)

  teardown(function()
    objects = nil
  end)

  it("knows every class that there is", function()
    local expected = {
      "Call",
      "DigestServer",
      "IncomingAckRequest",
      "IncomingByeRequest",
      "IncomingCancelRequest",
      "IncomingInfoRequest",
      "IncomingInviteRequest",
      "IncomingMessageRequest",
      "IncomingNotifyRequest",
      "IncomingOptionsRequest",
      "IncomingPrackRequest",
      "IncomingPublishRequest",
      "IncomingReferRequest",
      "IncomingRegisterRequest",
      "IncomingRequest",
      "IncomingResponse",
      "IncomingSubscribeRequest",
      "IncomingUpdateRequest",
      "Load",
      "Message",
      "OutgoingByeRequest",
      "OutgoingCancelRequest",
      "OutgoingInfoRequest",
      "OutgoingInviteRequest",
      "OutgoingMessageRequest",
      "OutgoingNotifyRequest",
      "OutgoingPrackRequest",
      "OutgoingPublishRequest",
      "OutgoingReferRequest",
      "OutgoingRegisterRequest",
      "OutgoingRequest",
      "OutgoingSubscribeRequest",
      "OutgoingUpdateRequest",
      "Session",
      "Socket",
      "Subscription",
      "Task",
      "UserAgent",
    }
    local names = {}
    for name in pairs(objects) do
      names[#names + 1] = name
      assert.is_truthy(classes[name], name .. " is not declared")
    end
    table.sort(names)
    assert.same(expected, names)
  end)

  it("declares every member of a live class, and nothing else", function()
    local wrong = {}
    for name, object in pairs(objects) do
      local live, declared = live_members(object), declared_members(name)
      for member, kind in pairs(live) do
        if declared[member] ~= kind then
          wrong[#wrong + 1] = ("%s.%s is a %s, declared as %s"):format(
            name, member, kind, tostring(declared[member]))
        end
      end
      for member in pairs(declared) do
        if not live[member] then
          wrong[#wrong + 1] = ("%s.%s is declared but not there"):format(name, member)
        end
      end
    end
    table.sort(wrong)
    assert.same({}, wrong)
  end)

  it("declares every method of the classes that are written in Lua, and nothing else", function()
    local address = assert(sip.address "<sip:a@h>")
    local lua_objects = {
      Registrar = sip.registrar(), Publications = sip.publications(), Address = address,
      Uri = address.uri, Params = address.params,
    }
    for name, object in pairs(lua_objects) do
      local live, declared = {}, {}
      for member in pairs(lua_methods(object)) do
        live[#live + 1] = member:match "^%l.*"
      end
      for member, kind in pairs(declared_members(name)) do
        declared[#declared + 1] = kind == "method" and member or nil
      end
      table.sort(live)
      table.sort(declared)
      assert.same(live, declared, name)
      assert.is_function(debug.getmetatable(object).__tostring)
    end
  end)

  it("declares every function of the module, and nothing else", function()
    local wrong = {}
    for name, member in pairs(sip) do
      if not functions[name] then
        wrong[#wrong + 1] = ("sip.%s (%s) is not declared"):format(name, type(member))
      elseif (functions[name] == "function") ~= (type(member) == "function") then
        wrong[#wrong + 1] = ("sip.%s is a %s"):format(name, type(member))
      end
    end
    for name in pairs(functions) do
      if sip[name] == nil then
        wrong[#wrong + 1] = ("sip.%s is declared but not there"):format(name)
      end
    end
    table.sort(wrong)
    assert.same({}, wrong)
  end)

  it("declares every option, and only those that are known", function()
    local alice = support.agent "alice"
    local takes = {
      AgentOptions = function(options) sip.agent(options):close() end,
      RegisterOptions = function(options) alice:register(options):dispose() end,
      ExpectOptions = function(options) alice:expect("X", options) end,
      Faults = function(options) alice:faults(options) end,
      DigestServerOptions = function(options)
        options.realm = options.realm or "r"
        sip.digest_server(options)
      end,
      RegistrarOptions = sip.registrar,
      PublicationsOptions = sip.publications,
      LoadOptions = sip.load,
    }
    for name, take in pairs(takes) do
      for option in pairs(declared_members(name)) do
        local ok, err = pcall(take, { [option] = io.stdout })
        assert.is_true(ok or not tostring(err):find("unknown option", 1, true),
          ("%s.%s: %s"):format(name, option, tostring(err)))
      end
      local _, err = pcall(take, { no_such_option = 1 })
      assert.matches('unknown option "no_such_option"', tostring(err), 1, true)
    end
  end)

  it("declares the switches of the engine", function()
    for switch in pairs(declared_members "Auto") do
      sip.agent({ auto = { [switch] = true } }):close()
    end
    local _, err = pcall(sip.agent, { auto = { everything = true } })
    assert.matches('unknown option "everything"', tostring(err), 1, true)
  end)

  it("holds files that Lua can read", function()
    for _, path in ipairs(files()) do
      assert.is_function(assert(loadfile(path)), path)
    end
    assert.is_table(core)
  end)
end)
