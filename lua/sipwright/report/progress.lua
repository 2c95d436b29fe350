-- SPDX-License-Identifier: MIT
-- How a load is going: one line, written again and again on a terminal, else a
-- line every five seconds. It goes to stderr: stdout is for the result.

local core = require "sipwright.core"
local format = require "sipwright.report.format"

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

local function figures(self, snapshot, retransmitted, elapsed)
  local now = core.now()
  local rate = (snapshot.started - self.last_started) / math.max(now - self.last_time, 0.001)
  self.last_started, self.last_time = snapshot.started, now
  local failed = ("%s failed"):format(format.count(snapshot.failed))
  return table.concat({
    format.span(elapsed),
    ("%.0f/s"):format(rate),
    ("%s open"):format(format.count(snapshot.open)),
    ("%s ok"):format(format.count(snapshot.succeeded)),
    snapshot.failed > 0 and self.style.paint("red", failed) or failed,
    ("%s retrans."):format(format.count(retransmitted)),
  }, "  ")
end

--- Shows the state of things, if it is time to.
---@param snapshot sipwright.Snapshot
---@param retransmitted integer
function Progress:update(snapshot, retransmitted)
  local now = core.now()
  local elapsed = now - self.began
  if self.style.terminal then
    local line = figures(self, snapshot, retransmitted, elapsed)
    io.stderr:write("\r\27[K", bar(self, share(self, snapshot, elapsed)), line)
    io.stderr:flush()
  elseif now >= self.next_line then
    self.next_line = now + QUIET
    io.stderr:write(figures(self, snapshot, retransmitted, elapsed), "\n")
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
