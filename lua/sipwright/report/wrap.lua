-- SPDX-License-Identifier: MIT
-- Text in lines of 80 columns, without what could upset a terminal.

local M = {}

M.WIDTH = 80

--- Columns that a text takes.
---@param text string
---@return integer
function M.width(text)
  return utf8.len(text) or #text
end

--- Bytes that came from a network may be anything: control characters, and what
--- is no UTF-8, become "?".
---@param text string
---@return string
function M.plain(text)
  text = text:gsub("%c", "?")
  return utf8.len(text) and text or (text:gsub("[\128-\255]", "?"))
end

--- The end of a text that is too long: of a path the part that says most.
---@param text string
---@param room integer
---@return string
function M.tail(text, room)
  local width = M.width(text)
  if width <= room then
    return text
  end
  local from = utf8.len(text) and utf8.offset(text, width - room + 4) or -(room - 3)
  return "..." .. text:sub(from)
end

--- The beginning of a text that is too long.
---@param text string
---@param room integer
---@return string
function M.head(text, room)
  if M.width(text) <= room then
    return text
  end
  local to = utf8.len(text) and utf8.offset(text, room - 2) or room - 2
  return text:sub(1, to - 1) .. "..."
end

--- Breaks a text at its blanks.
---@param text string
---@param first string in front of the first line
---@param rest string? in front of the others; default: `first` and two blanks
---@return string[] lines
function M.lines(text, first, rest)
  rest = rest or first .. "  "
  local lines, line, empty = {}, first, true
  for word in M.plain((text:gsub("%s+", " "))):gmatch "%S+" do
    word = M.tail(word, M.WIDTH - M.width(rest))
    if not empty and M.width(line) + 1 + M.width(word) > M.WIDTH then
      lines[#lines + 1] = line
      line, empty = rest, true
    end
    line = line .. (empty and "" or " ") .. word
    empty = false
  end
  lines[#lines + 1] = line
  return lines
end

return M
