-- SPDX-License-Identifier: MIT
-- The documents as specs see them: their Lua blocks, sections and anchors.

local M = {}

local WHOLE <const> = '^local sip = require "sipwright"\n'
local SCENARIO <const> = "^return {\n"
local README_SCENARIO <const> = "^%-%- A basic call"

---@param path string
---@return string text
function M.read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

---@class spec.Block
---@field text string
---@field line integer of its first line

--- The Lua blocks of a page.
---@param page string
---@return spec.Block[]
function M.blocks(page)
  local blocks, fenced, number, first = {}, nil, 0, 0
  for line in io.lines(page) do
    number = number + 1
    local indent = line:match "^( *)```lua$"
    if indent then
      fenced, first = { indent = #indent }, number + 1
    elseif fenced and line:find "^ *```$" then
      blocks[#blocks + 1] = { text = table.concat(fenced, "\n") .. "\n", line = first }
      fenced = nil
    elseif fenced then
      fenced[#fenced + 1] = line:sub(fenced.indent + 1)
    end
  end
  return blocks
end

--- Is a block a script for `sipwright serve`?
function M.serves(text)
  return text:find "return { %-%- for serve" ~= nil
end

--- Is a block a script for a stock interpreter?
function M.is_stock(text)
  return text:find "\n%-%- for lua5%.4\n" ~= nil
end

--- Is a block a whole script, which docs_spec runs?
function M.runs(text)
  return (text:find(WHOLE) or text:find(SCENARIO) or text:find(README_SCENARIO)) ~= nil
end

--- The whole scripts of a page, one behind the other.
---@param page string
---@return string text
function M.examples(page)
  local texts = {}
  for _, block in ipairs(M.blocks(page)) do
    if M.runs(block.text) then
      texts[#texts + 1] = block.text
    end
  end
  return table.concat(texts, "\n")
end

--- Walks the lines that are in no fenced block.
local function prose(text)
  local fenced = false
  local next_line = text:gmatch "[^\n]*"
  return function()
    for line in next_line do
      local fence = line:find "^ *```"
      if fence then
        fenced = not fenced
      elseif not fenced then
        return line
      end
    end
  end
end

---@class spec.Section
---@field level integer
---@field title string
---@field text string without examples; its subsections are in it

--- The sections of a page by title.
---@param page string
---@return table<string, spec.Section>
function M.sections(page)
  local by_title, open = {}, {}
  for line in prose(M.read(page)) do
    local marks, title = line:match "^(#+) (.+)$"
    if marks then
      while #open > 0 and open[#open].level >= #marks do
        open[#open] = nil
      end
      open[#open + 1] = { level = #marks, title = title, text = "" }
      assert(not by_title[title], "two sections are called " .. title)
      by_title[title] = open[#open]
    end
    for _, section in ipairs(open) do
      section.text = section.text .. line .. "\n"
    end
  end
  return by_title
end

--- The anchor that a heading gets: lower case, dashes for blanks, no signs.
local function anchor_of(title)
  return (title:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-"))
end

--- Links of a page that lead nowhere: "docs/x.md", "#heading" or both.
---@param page string
---@return string[]
function M.broken_links(page)
  local broken = {}
  local folder = page:match "^(.*/)" or ""
  for line in prose(M.read(page)) do
    for target in line:gmatch "%]%(([^)%s]+)%)" do
      local path, anchor = target:match "^([^#]*)#?(.*)$"
      if not target:find "^%a+:" and not M.leads(path == "" and page or folder .. path, anchor) then
        broken[#broken + 1] = target
      end
    end
  end
  return broken
end

--- Is there such a file, and such a heading in it?
---@param path string
---@param anchor string "" for none
function M.leads(path, anchor)
  local file = io.open(path)
  if not file then
    return false
  end
  file:close()
  if anchor == "" then
    return true
  end
  for line in prose(M.read(path)) do
    local title = line:match "^#+ (.+)$"
    if title and anchor_of(title) == anchor then
      return true
    end
  end
  return false
end

--- The words between backquotes, each as it stands and in pieces: "err.code" is
--- also "err" and "code".
---@param text string
---@return table<string, true>
function M.quoted(text)
  local words = {}
  for span in text:gmatch "`([^`\n]+)`" do
    words[span] = true
    for word in span:gmatch "[%w_]+" do
      words[word] = true
    end
    for word in span:gmatch '"([^"]+)"' do
      words[word] = true
    end
  end
  return words
end

return M
