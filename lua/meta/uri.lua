---@meta
-- SPDX-License-Identifier: MIT
-- URIs and addresses that a script reads, changes and writes: `sip.uri(text)` and
-- `sip.address(text)`. tostring() writes them.

---A URI. Of a scheme other than sip and sips it has `scheme`, `text` and `raw` alone.
---@class sipwright.Uri
---@field scheme string "sip" or "sips"
---@field user string? without escapes
---@field password string? without escapes
---@field host string an IPv6 address keeps its brackets
---@field port integer?
---@field params sipwright.Params
---@field headers sipwright.Params
---@field text string? what follows the scheme, where that is neither sip nor sips
---@field raw string? the text that it was read from
---@field hostport string host, and port if there is one; read-only
local Uri = {}

---Do both mean the same (RFC 3261 19.1.4)? Not transitive: a parameter that only one
---of them has mostly does not count.
---@param other sipwright.Uri|string
---@return boolean
function Uri:matches(other) end

---@return sipwright.Uri
function Uri:clone() end

---A name and an address, as in From, To, Contact and Route.
---@class sipwright.Address
---@field display string? without quotes; "" where it is an empty pair of them
---@field uri sipwright.Uri
---@field params sipwright.Params of the header, as `tag`
local Address = {}

---@return sipwright.Address
function Address:clone() end

---Named values in order, whatever the case of their names. `params.lr` is short for
---`params:get "lr"`; pairs() goes through them, # counts them.
---@class sipwright.Params
local Params = {}

---@param name string
---@return string|true|nil value true where it has none; nil where it is missing
function Params:get(name) end

---@param name string
---@param value string|number|true|nil nil or true: no value
function Params:set(name, value) end

---@param name string
---@return boolean
function Params:has(name) end

---@param name string
---@return string|true|nil value that it had
function Params:delete(name) end

function Params:clear() end

---@return sipwright.Params
function Params:clone() end
