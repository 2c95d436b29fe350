-- SPDX-License-Identifier: MIT
-- `sipwright version`.

local core = require "sipwright.core"

local M = {}

--- Prints the version.
---@return integer exit_code
function M.main()
  print(("sipwright %s (%s)"):format(core.version, _VERSION))
  return 0
end

return M
