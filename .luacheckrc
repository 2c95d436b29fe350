-- Configuration of luacheck 1.1, run as: luacheck lua scenarios spec
std = "lua54"
max_line_length = 100
max_cyclomatic_complexity = 10
cache = false

files["spec/**/*_spec.lua"].std = "+busted"
files["spec/helper.lua"].std = "+busted"
-- Declarations for the language server: parameters there have no body.
files["lua/meta/**"].ignore = { "211", "212", "241" }
