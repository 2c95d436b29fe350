-- A presence server in the script itself: takes what is published, and tells those
-- who have subscribed, at once and with each change. A phone and a watcher try it.

local sip = require "sipwright"

local server <close> = assert(sip.agent { username = "presence" })
local publications <const> = sip.publications { events = { "presence" } }
local watchers <const> = {} -- subscription = the URI that it is about

local function tell(subscription, uri)
  local states = publications:get(uri, "presence")
  local latest = states[#states] -- none: a NOTIFY without a body
  subscription:notify { body = latest and { latest.body, latest.content_type } }
end

function publications.on_change(changed)
  for subscription, uri in pairs(watchers) do
    if sip.uri(uri).user == sip.uri(changed).user then tell(subscription, uri) end
  end
end

server.delegate = {
  on_publish = function(incoming) publications:handle(incoming) end,
  on_subscribe = function(incoming)
    local subscription = incoming:accept()
    watchers[subscription] = incoming.message.uri
    subscription.delegate = { on_end = function() watchers[subscription] = nil end }
    tell(subscription, incoming.message.uri)
  end,
}

local alice <close> = assert(sip.agent { username = "alice" })
local watcher <close> = assert(sip.agent { username = "watcher" })
local uri <const> = "sip:alice@" .. server.address
local watch = watcher:subscribe(uri, { event = "presence", expires = 600 })
assert(assert(watch:expect "NOTIFY").message.body == "")

for _, body in ipairs { "<presence>here</presence>", "<presence>away</presence>" } do
  assert(alice:publish(uri, { event = "presence", body = { body, "application/pidf+xml" } })
    :expect "2xx")
  assert(assert(watch:expect "NOTIFY").message.body == body)
end
assert(watch.subscription:unsubscribe():expect "2xx")
assert(watch:expect "NOTIFY") -- terminated
