-- SPDX-License-Identifier: MIT
-- Numbers, times and columns as a person reads them.

local wrap = require "sipwright.report.wrap"

local M = {}

--- 1234567 → "1,234,567"
---@param number number
---@return string
function M.count(number)
  local text = ("%d"):format(math.floor(number + 0.5))
  local grouped
  repeat
    text, grouped = text:gsub("^(-?%d+)(%d%d%d)", "%1,%2")
  until grouped == 0
  return text
end

--- Three significant digits, no exponent.
local function three(number)
  if number >= 100 then
    return ("%.0f"):format(number)
  elseif number >= 10 then
    return ("%.1f"):format(number)
  end
  return ("%.2f"):format(number)
end

--- A measured time with three digits: "412 µs", "1.23 ms", "32.0 s".
---@param seconds number
---@param utf8_ok boolean?
---@return string
function M.time(seconds, utf8_ok)
  if seconds < 0.0009995 then
    return ("%.0f %s"):format(seconds * 1e6, utf8_ok and "µs" or "us")
  elseif seconds < 0.9995 then
    return three(seconds * 1e3) .. " ms"
  elseif seconds < 119.95 then
    return three(seconds) .. " s"
  end
  return M.span(seconds)
end

--- How long something took: "5.1 s", "2 min 3 s", "1 h 2 min".
---@param seconds number
---@return string
function M.span(seconds)
  if seconds < 99.95 then
    return ("%.1f s"):format(seconds)
  end
  local whole = math.floor(seconds + 0.5)
  if whole < 3600 then
    return ("%d min %d s"):format(whole // 60, whole % 60)
  end
  return ("%d h %d min"):format(whole // 3600, whole % 3600 // 60)
end

--- 200 → "200", 0.5 → "0.5"
---@param rate number
---@return string
function M.rate(rate)
  return rate == math.floor(rate) and M.count(rate) or ("%.3g"):format(rate)
end

--- "1 call", "1,000 calls"
---@param number integer
---@param noun string
---@return string
function M.plural(number, noun)
  return M.count(number) .. " " .. noun .. (number == 1 and "" or "s")
end

local function padded(text, width, left)
  local space = (" "):rep(width - wrap.width(text))
  return left and text .. space or space .. text
end

--- Widths of the columns; the first one gives way where a line is too long.
local function widths_of(rows, indent)
  local widths, total = {}, wrap.width(indent)
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, wrap.width(cell))
    end
  end
  for i, width in ipairs(widths) do
    total = total + width + (i > 1 and 2 or 0)
  end
  local over = math.max(0, total - wrap.WIDTH)
  widths[1] = math.max(math.min(8, widths[1]), widths[1] - over)
  return widths
end

--- Lines of aligned columns: the first to the left, the others to the right.
---@param rows string[][] the first one is the heading
---@param indent string
---@return string[]
function M.columns(rows, indent)
  local widths, lines = widths_of(rows, indent), {}
  for _, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      cells[i] = padded(wrap.head(cell, widths[i]), widths[i], i == 1)
    end
    lines[#lines + 1] = (indent .. table.concat(cells, "  ")):gsub("%s+$", "")
  end
  return lines
end

return M
