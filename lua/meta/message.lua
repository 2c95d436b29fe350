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
---@field sdp sipwright.Sdp? the body as SDP; nil and an error if it is none
local Message = {}

---@class sipwright.Sdp
---@field username string?
---@field session_id string?
---@field session_version string?
---@field origin_address string?
---@field session_name string?
---@field address string? of the session's connection line
---@field direction string?
---@field attributes { name: string, value: string? }[]
---@field media sipwright.SdpMedia[]

---@class sipwright.SdpMedia
---@field type string "audio"
---@field port integer
---@field protocol string "RTP/AVP"
---@field formats string[]
---@field address string? of its own connection line
---@field direction string? "sendrecv", if it says so
---@field attributes { name: string, value: string? }[]

---@class sipwright.Uri
---@field text string? of a scheme other than sip and sips: what follows it
---@field scheme string
---@field user string?
---@field password string?
---@field host string?
---@field port integer?
---@field params table<string, string|true>

---@class sipwright.Address
---@field display string?
---@field uri sipwright.Uri
---@field params table<string, string|true>

---A header that holds a name and an address, taken apart.
---@param name string "From", "Contact" …
---@param index integer? which of several; 1
---@return sipwright.Address?
---@return sipwright.Error? err
function Message:address(name, index) end

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
