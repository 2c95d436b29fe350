-- SPDX-License-Identifier: MIT
-- How a load is going: one line, written again and again on a terminal, else a
-- line every five seconds. It goes to stderr: stdout is for the result.

local core = require "sipwright.core"
local format = require "sipwright.report.format"
local wrap = require "sipwright.report.wrap"

local M = {}

local QUIET <const> = 5 -- seconds between lines without a terminal
local WIDTH <const> = 12

---@class sipwright.Progress
local Progress = {}
local Progress_mt = { __name = "Progress", __index = Progress }

--- The share of the load that is over, 0 to 1; nil when nobody can know.
local function share(self, snapshot, elapsed)
  local ended = snapshot.succeeded + snapshot.failed
  local done = self.calls and ended / self.calls
  if self.duration then
    done = math.max(done or 0, elapsed / self.duration)
  end
  return done and math.min(1, done)
end

local function bar(self, done)
  if not done then
    return ""
  end
  local full = math.floor(done * WIDTH + 0.5)
  local on, off = "#", "-"
  if self.style.utf8 then
    on, off = "━", "─"
  end
  return self.style.paint("green", on:rep(full))
    .. self.style.paint("dim", off:rep(WIDTH - full)) .. "  "
end

--- New calls a second, over the latest whole second.
local function rate(self, snapshot, now)
  local span = now - self.last_time
  if not self.rate or span >= 1 then
    self.rate = (snapshot.started - self.last_started) / math.max(span, 0.001)
    if span >= 1 then
      self.last_started, self.last_time = snapshot.started, now
    end
  end
  return self.rate
end

local function figures(self, snapshot, retransmitted, now)
  return {
    format.span(now - self.began),
    ("%s/s"):format(format.count(rate(self, snapshot, now))),
    ("%s open"):format(format.count(snapshot.open)),
    ("%s ok"):format(format.count(snapshot.succeeded)),
    ("%s failed"):format(format.count(snapshot.failed)),
    ("%s retrans."):format(format.count(retransmitted)),
  }
end

--- The line as it is painted: without its bar where that finds no room.
local function painted(self, snapshot, words, now)
  local plain = table.concat(words, "  ")
  local done = #plain + WIDTH + 2 < wrap.WIDTH and share(self, snapshot, now - self.began)
  if snapshot.failed > 0 then
    words[5] = self.style.paint("red", words[5])
  end
  return bar(self, done) .. table.concat(words, "  ")
end

--- Shows the state of things, if it is time to.
---@param snapshot sipwright.Snapshot
---@param retransmitted integer
function Progress:update(snapshot, retransmitted)
  local now = core.now()
  if self.style.terminal then
    local words = figures(self, snapshot, retransmitted, now)
    io.stderr:write("\r\27[K", painted(self, snapshot, words, now))
    io.stderr:flush()
  elseif now >= self.next_line then
    self.next_line = now + QUIET
    io.stderr:write(table.concat(figures(self, snapshot, retransmitted, now), "  "), "\n")
  end
end

--- Takes the line away.
function Progress:finish()
  if self.style.terminal then
    io.stderr:write "\r\27[K"
    io.stderr:flush()
  end
end

--- Progress of a load that begins now.
---@param options { calls: integer?, duration: number? }
---@param style sipwright.Style of stderr
---@return sipwright.Progress
function M.new(options, style)
  local now = core.now()
  return setmetatable({
    calls = options.calls, duration = options.duration, style = style,
    began = now, next_line = now + QUIET, last_time = now, last_started = 0,
  }, Progress_mt)
end

return M
