-- SPDX-License-Identifier: MIT
-- The layout check: lua5.4 spec/layering/main.lua [--self-test | FOLDER].
local root = arg[0]:match("^(.*)/spec/layering/") or "."
package.path = root .. "/?.lua;" .. package.path

if arg[1] == "--self-test" then
  os.exit(require "spec.layering.self_test"())
end

local problems, files = require "spec.layering.check".run(arg[1] or root,
  require "spec.layering.floors")
for _, problem in ipairs(problems) do print(problem) end
print(("layering: %d C files, %d problems"):format(files, #problems))
os.exit(#problems == 0 and files > 0)
