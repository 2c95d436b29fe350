-- SPDX-License-Identifier: MIT
-- Waiting for several things at once: all of them, or the first.

local core = require "sipwright.core"

local M = {}

---A function to be run as a task, a Task, or anything with an `await` method.
---@alias sipwright.Awaitable fun(): any | Task | { await: function }

--- How a thing to wait for is waited for: true and its value, or false and why.
local function outcome_of(element)
  if element.join then
    return element:join()
  end
  local value, err = element:await()
  return value ~= nil, value ~= nil and value or err
end

local Group = {}
Group.__index = Group

--- Leaves nothing behind, however the scope of the group is left.
function Group:__close()
  for _, watcher in ipairs(self.watchers) do
    watcher:cancel()
  end
  for _, task in ipairs(self.tasks) do
    task:cancel()
  end
  self.gate:cancel()
end

--- Watchers start first, so each task has a joiner before it can fail.
local function watch(self, index, place)
  return core.spawn(function()
    local ok, value = outcome_of(place.element)
    self:settle(index, ok, value)
  end)
end

local function add_all(self, elements)
  local places = {}
  for i, element in ipairs(elements) do
    places[i] = { element = element }
    self.watchers[i] = watch(self, i, places[i])
  end
  for i, element in ipairs(elements) do
    if type(element) == "function" then
      places[i].element = core.spawn(element)
    end
    if places[i].element.join then
      self.tasks[#self.tasks + 1] = places[i].element
    end
  end
end

--- @param settle fun(self, index: integer, ok: boolean, value: any)
local function open(elements, settle)
  local self = setmetatable({
    settle = settle,
    watchers = {},
    tasks = {},
    results = {},
    left = #elements,
    gate = core.spawn(core.sleep, math.huge),
  }, Group)
  add_all(self, elements)
  return self
end

--- Opens the gate for the one who waits: the group is decided.
local function decide(self)
  self.decided = true
  self.gate:cancel()
end

local function await(self, timeout)
  self.gate:join(timeout)
  if self.failure ~= nil then
    error(self.failure, 0)
  end
  if not self.decided then
    error(timeout and ("not over within %g s"):format(timeout)
      or "not over, and nothing can happen any more", 0)
  end
end

local function keep(self, index, value)
  self.results[index] = value
  self.left = self.left - 1
  if self.left == 0 then
    decide(self)
  end
end

local function fail(self, err)
  if not self.decided then
    self.failure = tostring(err)
    decide(self)
  end
end

local function check(elements, name)
  if type(elements) ~= "table" then
    error(("sip.%s wants a table, got %s"):format(name, type(elements)), 3)
  end
  for i, element in ipairs(elements) do
    local kind = type(element)
    if kind ~= "function" and not ((kind == "userdata" or kind == "table")
          and (element.join or element.await)) then
      error(("sip.%s: element %d is no function, no Task and has no await")
        :format(name, i), 3)
    end
  end
end

--- Waits until all are over. Returns the first value of each, in order. The
--- first error cancels the rest and is raised. `timeout` is a field, in seconds.
---@param elements { [integer]: sipwright.Awaitable, timeout: number? }
---@return any ...
function M.all(elements)
  check(elements, "all")
  if #elements == 0 then
    return
  end
  local group <close> = open(elements, function(self, index, ok, value)
    if ok then
      keep(self, index, value)
    else
      fail(self, value)
    end
  end)
  await(group, elements.timeout)
  return table.unpack(group.results, 1, #elements)
end

--- Waits until one is over and cancels the rest. Returns its index and its
--- value; its error is raised. `timeout` is a field, in seconds.
---@param elements { [integer]: sipwright.Awaitable, timeout: number? }
---@return integer index, any value
function M.any(elements)
  check(elements, "any")
  if #elements == 0 then
    error("sip.any wants at least one element", 2)
  end
  local group <close> = open(elements, function(self, index, ok, value)
    if not ok then
      fail(self, value)
    elseif not self.decided then
      self.index, self.value = index, value
      decide(self)
    end
  end)
  await(group, elements.timeout)
  return group.index, group.value
end

return M
