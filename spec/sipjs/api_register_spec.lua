-- SPDX-License-Identifier: MIT
-- SIP.js's tests of its Registerer, as situations of ours.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("REGISTER", function()
  local alice, registrar, told, request

  --- A REGISTER for 60 seconds that has come to a raw registrar.
  local function registering(auto)
    alice = support.agent(nil, { uri = "sip:alice@" .. registrar.socket.address })
    registrar.agent = alice
    request = assert(alice:register({ expires = 60, auto = auto }, wire.noting(told, {
      on_refresh = function(response) told[#told + 1] = "on_refresh " .. response.status end,
    })))
    assert.same({ "REGISTER" }, registrar:heard())
    registrar.text = registrar.texts[1]
  end

  before_each(function()
    support.virtual()
    told = {}
    registrar = wire.peer()
  end)

  after_each(function() request = nil end)

  it("423 with Min-Expires: sent again with that (differs: SIP.js always does)", function()
    registering { refresh = true }
    registrar:answer("423 Interval Too Brief", { headers = { "Min-Expires: 900" } })
    assert.same({ "REGISTER" }, registrar:heard())
    local again = registrar:latest "REGISTER"
    assert.equal("900", wire.header(again, "Expires"))
    assert.equal("2 REGISTER", wire.header(again, "CSeq"))
    assert.same({}, told)
    registrar:answer("200 OK", { text = again, contact = alice.contact .. ";expires=900" })
    assert.same({ "on_accept 200" }, told)
    assert.equal(900, request.expires)
  end)

  it("423 with Min-Expires, without the switch: on_reject", function()
    registering()
    registrar:answer("423 Interval Too Brief", { headers = { "Min-Expires: 900" } })
    assert.same({}, registrar:heard())
    assert.same({ "on_reject 423" }, told)
  end)

  it("423 without Min-Expires: on_reject", function()
    registering { refresh = true }
    registrar:answer "423 Interval Too Brief"
    assert.same({}, registrar:heard())
    assert.same({ "on_reject 423" }, told)
  end)

  for _, status in ipairs { "500 Server Internal Error", "503 Service Unavailable" } do
    it(status .. " with Retry-After: told, the header at hand", function()
      registering()
      registrar:answer(status, { headers = { "Retry-After: 5" } })
      assert.same({ "on_reject " .. status:sub(1, 3) }, told)
      assert.equal("5", request:await(0).message:header "Retry-After")
      sip.sleep(10)
      assert.same({}, registrar:heard())
    end)

    it(status .. " to a refresh: tried again after its Retry-After", function()
      registering { refresh = true }
      registrar:answer("200 OK", { contact = alice.contact .. ";expires=60" })
      sip.sleep(54.2)
      assert.same({ "REGISTER" }, registrar:heard())
      registrar:answer(status, {
        text = registrar:latest "REGISTER", headers = { "Retry-After: 5" },
      })
      sip.sleep(4)
      assert.same({}, registrar:heard())
      sip.sleep(1.1)
      assert.same({ "REGISTER" }, registrar:heard())
      assert.same({ "on_accept 200", "on_refresh " .. status:sub(1, 3) }, told)
    end)
  end
end)
