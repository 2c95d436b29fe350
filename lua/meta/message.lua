---@meta
-- SPDX-License-Identifier: MIT
-- One message as it was on the wire.

---@class sipwright.Message
---@field uri string? Request-URI; nil for a response
---@field status integer? nil for a request
---@field reason string?
---@field method string of the CSeq for a response
---@field cseq integer
---@field body string "" when there is none
---@field call_id string
---@field from string whole value
---@field to string whole value
---@field via string the topmost
---@field from_tag string?
---@field to_tag string?
---@field malformed string? what libosip2 has against it
---@field remote string whence it came: "127.0.0.1:5070"
---@field local_address string
---@field time number when it came or went, by sip.now()
---@field sdp sipwright.sdp.View? of the body; nil where it is no SDP
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

---A typed view of a name-addr, such as From, Contact or Route.
---@param name string
---@param index integer? which one; default 1
---@return sipwright.AddressView? view
---@return sipwright.Error? err
function Message:address(name, index) end

---@class sipwright.UriView
---@field scheme string?
---@field user string?
---@field password string?
---@field host string?
---@field port integer?
---@field text string? of another scheme than sip and sips
---@field params table<string, string|boolean> true for one without a value

---@class sipwright.AddressView
---@field display string?
---@field uri sipwright.UriView
---@field params table<string, string|boolean>

---@class sipwright.sdp.Attribute
---@field name string
---@field value string?

---@class sipwright.sdp.Media
---@field type string
---@field port integer
---@field protocol string
---@field formats string[]
---@field attributes sipwright.sdp.Attribute[]
---@field direction string?
---@field address string?

---@class sipwright.sdp.View
---@field username string?
---@field session_id string?
---@field session_version string?
---@field origin_address string?
---@field session_name string?
---@field address string?
---@field direction string?
---@field attributes sipwright.sdp.Attribute[]
---@field media sipwright.sdp.Media[]
