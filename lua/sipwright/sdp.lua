-- SPDX-License-Identifier: MIT
-- Builds simple audio session descriptions (RFC 4566, RFC 3551, RFC 4733).

local core = require "sipwright.core"
local known = require "sipwright.known"

local M = {}

local NAMES <const> = {
  "address", "port", "codecs", "direction", "session_id", "version", "user",
  "name", "ptime", "lines",
}

local CODECS <const> = {
  PCMU = { payload = 0, rate = 8000 },
  GSM = { payload = 3, rate = 8000 },
  PCMA = { payload = 8, rate = 8000 },
  G722 = { payload = 9, rate = 8000 }, -- 8000 on purpose: RFC 3551 4.5.2
  G729 = { payload = 18, rate = 8000 },
  opus = { payload = 111, rate = 48000, channels = 2 },
  ["telephone-event"] = { payload = 101, rate = 8000, fmtp = "0-16" },
}

local DIRECTIONS <const> = {
  sendrecv = true, sendonly = true, recvonly = true, inactive = true,
}

---@class sipwright.sdp.Codec
---@field name string
---@field payload integer
---@field rate integer
---@field channels integer?
---@field fmtp string?

---@class sipwright.sdp.Options
---@field address string? default "127.0.0.1"; IPv6 without brackets
---@field port integer? default 40000; 0 refuses the stream
---@field codecs (string|sipwright.sdp.Codec)[]? default PCMA, PCMU, telephone-event
---@field direction "sendrecv"|"sendonly"|"recvonly"|"inactive"? default "sendrecv"
---@field session_id integer? default 1
---@field version integer? default 1; raise it with each change
---@field user string? default "sipwright"
---@field name string? default "-"
---@field ptime integer? milliseconds; default: no such line
---@field lines string[]? added at the end, as they are

local function codec_of(entry)
  if type(entry) == "table" then
    return entry
  end
  local preset = CODECS[entry]
  if not preset then
    core.misuse(('unknown codec "%s": give {name=, payload=, rate=}'):format(tostring(entry)), 4)
  end
  return {
    name = entry, payload = preset.payload, rate = preset.rate,
    channels = preset.channels, fmtp = preset.fmtp,
  }
end

local function add_audio(lines, options)
  local payloads, attributes = {}, {}
  for _, entry in ipairs(options.codecs) do
    local codec = codec_of(entry)
    local channels = codec.channels and "/" .. codec.channels or ""
    payloads[#payloads + 1] = codec.payload
    attributes[#attributes + 1] = ("a=rtpmap:%d %s/%d%s"):format(
      codec.payload, codec.name, codec.rate, channels)
    if codec.fmtp then
      attributes[#attributes + 1] = ("a=fmtp:%d %s"):format(codec.payload, codec.fmtp)
    end
  end
  lines[#lines + 1] = ("m=audio %d RTP/AVP %s"):format(
    options.port, table.concat(payloads, " "))
  table.move(attributes, 1, #attributes, #lines + 1, lines)
end

local DEFAULTS <const> = {
  address = "127.0.0.1", port = 40000, codecs = { "PCMA", "PCMU", "telephone-event" },
  direction = "sendrecv", session_id = 1, version = 1, user = "sipwright", name = "-",
  lines = {},
}
local DEFAULTS_mt <const> = { __index = DEFAULTS }

local function checked(options)
  local given = setmetatable({}, DEFAULTS_mt)
  for key, value in pairs(options) do
    given[key] = value
  end
  local complaint = known.complaint(options, NAMES, "option")
  if not complaint and not DIRECTIONS[given.direction] then
    complaint = ('unknown direction "%s"'):format(tostring(given.direction))
  end
  if complaint then
    core.misuse("sip.sdp: " .. complaint, 3)
  end
  return given
end

--- A session description with one audio stream. `sip.sdp()` alone is a valid
--- offer on 127.0.0.1.
---@param options sipwright.sdp.Options?
---@return string body
function M.build(options)
  local given = checked(options or {})
  local family = given.address:find(":", 1, true) and "IN IP6 " or "IN IP4 "
  local place = family .. given.address
  local lines = {
    "v=0",
    ("o=%s %d %d %s"):format(given.user, given.session_id, given.version, place),
    "s=" .. given.name,
    "c=" .. place,
    "t=0 0",
  }
  add_audio(lines, given)
  if given.ptime then
    lines[#lines + 1] = ("a=ptime:%d"):format(given.ptime)
  end
  lines[#lines + 1] = "a=" .. given.direction
  table.move(given.lines, 1, #given.lines, #lines + 1, lines)
  lines[#lines + 1] = ""
  return table.concat(lines, "\r\n")
end

return M
