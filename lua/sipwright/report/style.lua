-- SPDX-License-Identifier: MIT
-- What the place we write to can show: colours, letters beyond ASCII, a line
-- that is written again.

local core = require "sipwright.core"

local M = {}

local CODES <const> = { bold = 1, dim = 2, red = 31, green = 32, yellow = 33 }

---@class sipwright.Style
---@field terminal boolean
---@field utf8 boolean
---@field paint fun(colour: string, text: string): string

local function knows_utf8()
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value:upper():find "UTF%-?8" ~= nil
    end
  end
  return false
end

--- The style of a file descriptor.
---@param fd integer 1 or 2
---@return sipwright.Style
function M.of(fd)
  local terminal = core.isatty(fd) and os.getenv "TERM" ~= "dumb"
  local no_color = os.getenv "NO_COLOR"
  local coloured = terminal and (not no_color or no_color == "")
  return {
    terminal = terminal,
    utf8 = knows_utf8(),
    paint = function(colour, text)
      return coloured and ("\27[%dm%s\27[0m"):format(CODES[colour], text) or text
    end,
  }
end

return M
