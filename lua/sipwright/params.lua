-- SPDX-License-Identifier: MIT
-- Named values in order, whatever the case of their names: the parameters and
-- headers of a URI, the parameters of an address.

local M = {}

---How one kind of them is written.
---@class sipwright.params.Syntax
---@field first string before the first one
---@field between string before the others
---@field read fun(text: string, name: string): string from a message to what is kept
---@field show fun(kept: string): string from what is kept to the script
---@field keep fun(value: string): string from the script to what is kept

---@class sipwright.Params
---@field _syntax sipwright.params.Syntax
---@field _list { [1]: string, [2]: string|true }[] name in lower case, kept value
local Params = {}
Params.__name = "Params"

-- A field is the value of that name, as `get` gives it.
function Params:__index(name)
  local method = rawget(Params, name)
  if method ~= nil or type(name) ~= "string" then
    return method
  end
  return Params.get(self, name)
end

Params.__newindex = function(_, name)
  error(("%s: write params:set(%q, value)"):format(Params.__name, tostring(name)), 2)
end

local function find(self, name)
  name = name:lower()
  for i, entry in ipairs(self._list) do
    if entry[1] == name then
      return i, entry
    end
  end
end

--- The value of a name: true where it has none; nil where the name is missing.
---@param name string
---@return string|true|nil
function Params:get(name)
  local _, entry = find(self, name)
  if not entry then
    return nil
  end
  return entry[2] == true or self._syntax.show(entry[2])
end

--- Gives a name a value, in the place of an earlier one; nil or true: no value.
---@param name string
---@param value string|number|true|nil
function Params:set(name, value)
  local kept = (value == nil or value == true) or self._syntax.keep(tostring(value))
  local i = find(self, name)
  if i then
    self._list[i] = { name:lower(), kept }
  else
    self:_add(name, kept)
  end
end

function Params:_add(name, kept)
  self._list[#self._list + 1] = { name:lower(), kept }
end

---@param name string
---@return boolean
function Params:has(name)
  return find(self, name) ~= nil
end

--- Takes a name away, as often as it is there.
---@param name string
---@return string|true|nil value that it had
function Params:delete(name)
  local value = self:get(name)
  local i = find(self, name)
  while i do
    table.remove(self._list, i)
    i = find(self, name)
  end
  return value
end

--- Takes all away.
function Params:clear()
  rawset(self, "_list", {})
end

---@return sipwright.Params
function Params:clone()
  local copy = M.new(self._syntax)
  for i, entry in ipairs(self._list) do
    copy._list[i] = { entry[1], entry[2] }
  end
  return copy
end

-- for name, value in pairs(params), in order
function Params:__pairs()
  local i = 0
  return function()
    i = i + 1
    local entry = self._list[i]
    if entry then
      return entry[1], entry[2] == true or self._syntax.show(entry[2])
    end
  end
end

function Params:__len()
  return #self._list
end

function Params:__tostring()
  local parts = {}
  for i, entry in ipairs(self._list) do
    parts[#parts + 1] = i == 1 and self._syntax.first or self._syntax.between
    parts[#parts + 1] = entry[2] == true and entry[1] or entry[1] .. "=" .. entry[2]
  end
  return table.concat(parts)
end

---@param syntax sipwright.params.Syntax
---@return sipwright.Params
function M.new(syntax)
  return setmetatable({ _syntax = syntax, _list = {} }, Params)
end

--- Reads what stands between separators.
---@param syntax sipwright.params.Syntax
---@param parts fun(): string? an iterator of "name" and "name=value"
---@return sipwright.Params? params nil where one has no name
function M.read(syntax, parts)
  local params = M.new(syntax)
  for part in parts do
    local name, rest = part:match "^%s*([^=%s]+)%s*(.-)%s*$"
    local value = rest and rest:match "^=%s*(.*)$"
    if not name or rest ~= "" and not value then
      return nil
    end
    params:_add(name, value and syntax.read(value, name:lower()) or true)
  end
  return params
end

return M
