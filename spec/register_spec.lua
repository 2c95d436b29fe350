-- SPDX-License-Identifier: MIT
-- agent:register(), with and without digest.

local sip = require "sipwright"
local peer = require "sipwright.peer"
local support = require "spec.support.sip_support"

describe("agent:register", function()
  local registrar

  before_each(function()
    registrar = support.keep(assert(peer.new { users = { alice = "secret", carol = "cpw" } }))
  end)

  local function agent(name, password)
    return support.agent(nil, {
      uri = ("sip:%s@%s"):format(name, registrar.address), password = password,
    })
  end

  it("answers the challenge and is in the registrar's table", function()
    local alice = agent("alice", "secret")
    local request = alice:register { expires = 600 }
    assert.equal("OutgoingRegisterRequest", sip.type(request))
    local response = assert(request:expect "2xx")
    assert.equal(2, request.attempts)
    assert.matches("^Digest ", request.message:header "Authorization")
    assert.matches("expires=600", response.message:header "Contact", 1, true)
    assert.same({ "sip:alice@" .. alice.address }, registrar.registrar:lookup "alice")
  end)

  it("asks the registrar of its domain, for its own address", function()
    local alice = agent("alice", "secret")
    local message = alice:register().message
    assert.equal("sip:" .. registrar.address, message.uri)
    assert.matches("sip:alice@" .. registrar.address, message.to, 1, true)
    assert.equal(alice.contact, message:header "Contact")
  end)

  it("takes the binding away with expires = 0", function()
    local alice = agent("alice", "secret")
    assert(alice:register({ expires = 60 }):expect "2xx")
    local request = alice:register { expires = 0 }
    assert(request:expect "2xx")
    assert.same({}, registrar.registrar:lookup "alice")
    assert.equal(1, request.attempts)
  end)

  it("ends with the refusal of a wrong password, without a loop", function()
    local statuses = {}
    local request = agent("alice", "wrong"):register({ expires = 60 }, {
      on_reject = function(response) statuses[#statuses + 1] = response.status end,
    })
    local response = assert(request:await(5))
    assert.is_true(response.status == 401 or response.status == 403)
    sip.sleep(0.05)
    assert.same({ response.status }, statuses)
    assert.equal(2, request.attempts)
    assert.same({}, registrar.registrar:lookup "alice")
  end)

  it("ends with the 401 without a password, or with auth switched off", function()
    assert.equal(401, assert(agent("alice"):register():await(5)).status)
    local request = agent("alice", "secret"):register { auto = { auth = false } }
    assert.equal(401, assert(request:await(5)).status)
    assert.equal(1, request.attempts)
  end)

  it("takes user and password from the request where they are given", function()
    for _, auth in ipairs { { "carol", "cpw" }, { user = "carol", password = "cpw" } } do
      local request = agent("carol"):register { auth = auth }
      assert.equal(200, assert(request:await(5)).status)
    end
  end)

  it("keeps Call-ID across the retry and raises the CSeq", function()
    local alice = agent("alice", "secret")
    local request = alice:register()
    local first = request.message
    assert(request:expect "2xx")
    assert.equal(first.call_id, request.message.call_id)
    assert.equal(first.cseq + 1, request.message.cseq)
    assert.not_equal(first.via, request.message.via)
    assert.equal(first.from, request.message.from)
  end)

  it("waits for nobody else: many at once", function()
    local agents = {}
    for i = 1, 20 do
      agents[i] = agent("user" .. i)
    end
    local waits = {}
    for i, each in ipairs(agents) do
      waits[i] = function() return assert(each:register { expires = 60 }:await(5)).status end
    end
    for _, status in ipairs { sip.all(waits) } do
      assert.equal(200, status)
    end
    assert.equal(1, #registrar.registrar:lookup "user20")
  end)
end)
