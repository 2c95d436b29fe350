-- SPDX-License-Identifier: MIT
-- All that is random in a chaos run, from one seed.

local M = {}

function M.seed(seed)
  math.randomseed(seed)
end

--- True with this probability.
---@param share number 0 to 1
function M.chance(share)
  return math.random() < share
end

---@param least integer
---@param most integer
function M.between(least, most)
  return math.random(least, most)
end

--- Some seconds, up to `most`; short ones are likelier than long ones.
---@param most number
function M.seconds(most)
  return most * math.random() ^ 2
end

function M.pick(list)
  return list[math.random(#list)]
end

--- One of the rows { weight, value }, the heavier the likelier.
---@param rows table[]
function M.weighted(rows)
  local sum = 0
  for _, row in ipairs(rows) do
    sum = sum + row[1]
  end
  local at = math.random() * sum
  for _, row in ipairs(rows) do
    at = at - row[1]
    if at < 0 then
      return row[2]
    end
  end
  return rows[#rows][2]
end

return M
