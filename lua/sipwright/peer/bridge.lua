-- SPDX-License-Identifier: MIT
-- A small back-to-back user agent: a call that came in goes out again as a call
-- of its own, and whatever happens to one leg happens to the other.

local M = {}

--- Body and its type as the other leg shall carry it.
local function relayed(message, options)
  options = options or {}
  if message and message.body and message.body ~= "" then
    options.body = { message.body, message:header "Content-Type" or "application/sdp" }
  end
  return options
end

--- Without its tag, which belongs to one dialog.
local function untagged(value)
  return (value:gsub("%s*;%s*[tT][aA][gG]%s*=[^;]*", ""))
end

local function is_over(session)
  return session.state == "ending" or session.state == "ended"
end

--- The end of either session ends the other one.
local function tie(left, right)
  local function hang_up(other)
    return function()
      if not is_over(other) then
        other:bye()
      end
    end
  end
  left.delegate = { on_end = hang_up(right) }
  right.delegate = { on_end = hang_up(left) }
end

local function accept(incoming, response)
  local left = incoming:accept(relayed(response.message))
  if left then
    tie(left, response.session)
  else
    response.session:bye() -- the caller gave up in the meantime
  end
end

--- Calls `target` for the caller of `incoming` and ties the two legs.
---@param agent sipwright.UserAgent
---@param incoming sipwright.IncomingInviteRequest
---@param target string
function M.connect(agent, incoming, target)
  local message, cancelled = incoming.message, false
  local function refuse(response)
    if not cancelled then -- else the caller has its 487 already
      incoming:reject(response.status, { reason = response.reason })
    end
  end
  local options = relayed(message, {
    from = untagged(message:header "From"),
    to = untagged(message:header "To"),
  })
  local request, err = agent:invite(target, options, {
    on_progress = function(response)
      incoming:progress(response.status, relayed(response.message))
    end,
    on_accept = function(response) accept(incoming, response) end,
    on_redirect = refuse,
    on_reject = refuse,
  })
  if not request then
    return incoming:reject(503, { reason = tostring(err):match "^[^\r\n]*" })
  end
  incoming.delegate = {
    on_cancel = function()
      cancelled = true
      request:cancel()
    end,
  }
end

return M
