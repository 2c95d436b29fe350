-- SPDX-License-Identifier: MIT
-- Checks one checkout against the table of floors; returns what is wrong.
local M = {}

local function list_files(root, folder, names)
  local command = ("cd '%s' && find %s -type f \\( %s \\) 2>/dev/null | sort")
    :format(root, folder, "-name '" .. table.concat(names, "' -o -name '") .. "'")
  local files = {}
  local pipe <close> = assert(io.popen(command))
  for path in pipe:lines() do files[#files + 1] = path end
  return files
end

local function read_file(root, path)
  local file <close> = assert(io.open(root .. "/" .. path, "rb"))
  return file:read("a")
end

-- Where the comment, string or character that begins at `from` ends; nil for
-- a lone slash.
local function end_of_prose(text, from)
  local two = text:sub(from, from + 1)
  if two == "/*" then
    return select(2, text:find("*/", from + 2, true)) or #text
  elseif two == "//" then
    return (text:find("\n", from, true) or #text + 1) - 1
  elseif two:sub(1, 1) == "/" then
    return nil
  end
  local stop = from
  repeat
    stop = text:find("[\\\n" .. two:sub(1, 1) .. "]", stop + 1) or #text
    local escaped = text:sub(stop, stop) == "\\"
    if escaped then stop = stop + 1 end
  until not escaped
  return stop
end

-- Blanks comments and string contents, keeping line ends, so that a name in
-- prose does not count. Include lines are read from the raw text instead.
function M.code_only(text)
  local out, at = {}, 1
  local from = text:find("[/\"']")
  while from do
    local stop = end_of_prose(text, from)
    out[#out + 1] = text:sub(at, from - 1)
    out[#out + 1] = stop and text:sub(from, stop):gsub("[^\n]", " ") or "/"
    at = (stop or from) + 1
    from = text:find("[/\"']", at)
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

local function each_line(text)
  local number = 0
  return function(next_line)
    local line = next_line()
    number = number + 1
    return line and number, line
  end, text:gmatch("([^\n]*)\n?")
end

local function include_problem(rules, module, target)
  if rules.lua_headers[target:match("[^/]+$")] and not rules.lua_modules[module] then
    return ("%s may not know %s: only script and cli do"):format(module, target)
  end
  local other = target:match("^([%w_]+)/")
  local mine, theirs = rules.floors[module], rules.floors[other]
  if not theirs or other == module then return nil end
  if theirs == mine then
    return ("%s includes its neighbour %s"):format(module, target)
  elseif theirs > mine then
    return ("%s (floor %d) includes %s of floor %d"):format(module, mine, target, theirs)
  end
end

local function check_includes(rules, module, path, text, report)
  for number, line in each_line(text) do
    local target = line:match('^%s*#%s*include%s*["<]([^">]+)[">]')
    local problem = target and include_problem(rules, module, target)
    if problem then report(path, number, problem) end
  end
end

local function check_ways_in(rules, path, text, report, seen)
  for number, line in each_line(M.code_only(text)) do
    for name in line:gmatch("[%a_][%w_]*") do
      local home = rules.ways_in[name]
      if home == path and not seen[name] then
        seen[name] = true
      elseif home == path then
        report(path, number, name .. " stands here a second time")
      elseif home ~= nil then
        report(path, number, ("%s is allowed %s"):format(name,
          home and "in " .. home .. " only" or "nowhere"))
      end
    end
  end
end

local function check_engine(rules, root, report)
  local seen = {}
  for _, path in ipairs(list_files(root, "engine", { "*.c", "*.h" })) do
    local module = path:match("^engine/([^/]+)/")
    local text = read_file(root, path)
    if not rules.floors[module] then
      report(path, 1, "this module has no floor in spec/layering/floors.lua")
    else
      check_includes(rules, module, path, text, report)
      check_ways_in(rules, path, text, report, seen)
    end
  end
end

local function check_sizes(rules, root, report)
  for _, budget in ipairs(rules.budgets) do
    for _, path in ipairs(list_files(root, budget.folder, { "*.c", "*.h", "*.lua" })) do
      local text = read_file(root, path)
      local _, lines = text:gsub("\n", "")
      if lines > budget.lines then
        report(path, lines, ("%d lines, the budget is %d"):format(lines, budget.lines))
      end
      -- A scenario opens with what it does: people copy it for their own.
      if not path:find "^scenarios/" and
        not text:sub(1, 300):find("SPDX-License-Identifier: MIT", 1, true) then
        report(path, 1, "does not open with its SPDX line")
      end
    end
  end
end

-- Returns a list of "path:line: what is wrong" and the number of C files seen.
function M.run(root, rules)
  local problems = {}
  local function report(path, line, what)
    problems[#problems + 1] = ("%s:%d: %s"):format(path, line, what)
  end
  check_engine(rules, root, report)
  check_sizes(rules, root, report)
  return problems, #list_files(root, "engine", { "*.c", "*.h" })
end

return M
