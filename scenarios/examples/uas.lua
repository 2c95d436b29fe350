-- Answers what comes in, for `sipwright serve`: calls, with 180 and 200, until
-- the caller hangs up; OPTIONS and REGISTER with 200; anything else with 405.

local sip = require "sipwright"

local answer <const> = sip.sdp()

local answers = {}

function answers.INVITE(incoming)
  incoming:progress(180)
  local session = assert(incoming:accept { body = answer })
  assert(session:expect("ACK", { timeout = 32 }))
  assert(session:expect("BYE", { timeout = 3600 }))
end

function answers.OPTIONS(incoming)
  incoming:reply(200, { extra_headers = { "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER" } })
end

function answers.REGISTER(incoming)
  local contact = incoming.message:header "Contact"
  local lines = contact and contact ~= "*" and { "Contact: " .. contact } or {}
  incoming:reply(200, { extra_headers = lines })
end

return {
  options = { listen = "udp:127.0.0.1:5060", call_timeout = 3600 },

  scenario = function(call)
    local incoming = assert(call.incoming, "this scenario is for `sipwright serve`")
    local respond = answers[incoming.message.method]
    if respond then
      respond(incoming)
    else
      incoming:reply(405, { extra_headers = { "Allow: INVITE, OPTIONS, REGISTER" } })
    end
  end,
}
