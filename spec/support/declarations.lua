-- SPDX-License-Identifier: MIT
-- What the annotations of the Lua face declare: classes with their fields and
-- methods, and the members of the module.

local M = {}

---@class spec.Class
---@field members table<string, "property"|"method">
---@field parent string?

--- The classes by name, without "sipwright." before it, and what the module has.
---@param paths string[]
---@return table<string, spec.Class> classes
---@return table<string, "property"|"function"> module
function M.read(paths)
  local classes, module = {}, {}
  for _, path in ipairs(paths) do
    local members
    for line in io.lines(path) do
      local name, rest = line:match "^%-%-%-@class sipwright%.([%w.]+)(.*)$"
      if name then
        members = {}
        classes[name] = { members = members, parent = rest:match "^: sipwright%.([%w.]+)" }
      elseif line == "---@class sipwright" then
        members = module
      end
      local field = line:match "^%-%-%-@field ([%a_][%w_]*)"
      if field then
        members[field] = "property"
      end
      local owner, method = line:match "^function (%w+):([%a][%w_]*)%("
      if owner then
        classes[owner].members[method] = "method"
      end
      local f = line:match "^function sip%.([%w_]+)%("
      if f then
        module[f] = "function"
      end
    end
  end
  return classes, module
end

--- The members of a class and of its parents.
---@param classes table<string, spec.Class>
---@param name string
---@return table<string, "property"|"method">
function M.members(classes, name)
  local members = {}
  while name do
    local class = assert(classes[name], name .. " is not declared")
    for member, kind in pairs(class.members) do
      members[member] = members[member] or kind
    end
    name = class.parent
  end
  return members
end

return M
