---@meta
-- SPDX-License-Identifier: MIT
-- One message as it was on the wire.

---@class sipwright.Message
---@field uri string? Request-URI; nil for a response
---@field status integer? nil for a request
---@field reason string?
---@field method string of the CSeq for a response
---@field body string "" when there is none
---@field call_id string
---@field from string whole value
---@field to string whole value
---@field via string the topmost
---@field malformed string? what libosip2 has against it
---@field remote string? whence it came: "127.0.0.1:5070"
local Message = {}

---The first value of a header; compact names count.
---@param name string
---@return string?
function Message:header(name) end

---All values of a header, in order.
---@param name string
---@return string[]
function Message:headers(name) end

---The bytes, exactly.
---@return string
function Message:bytes() end

---The number of the CSeq.
---@return integer
function Message:cseq() end
