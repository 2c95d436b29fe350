---@meta
-- SPDX-License-Identifier: MIT
-- Requests that come in, and the answers to them.

---@alias sipwright.IncomingInviteRequest sipwright.IncomingRequest

---@class sipwright.AnswerOptions
---@field body (string|sipwright.Body)?
---@field extra_headers string[]? "Name: value"
---@field reason string? default: the standard phrase
---@field contact string?
---@field to_tag string?
---@field headers sipwright.HeaderEdits?
---@field raw string? these bytes instead of everything
---@field edit (fun(text: string): string)?
---@field force boolean? send even where the transaction does not allow it
---@field reliable boolean? 101-199 to INVITE: repeated until its PRACK comes (RFC 3262); default:
---  where the INVITE requires it

---@class sipwright.IncomingDelegate
---@field on_cancel (fun(incoming: sipwright.IncomingRequest))?

---@class sipwright.IncomingRequest
---@field message sipwright.Message
---@field method string
---@field remote string "127.0.0.1:5070"
---@field session sipwright.Session?
---@field status integer? of the latest answer
---@field cancelled boolean
---@field delegate sipwright.IncomingDelegate?
local IncomingRequest = {}

---100 Trying.
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:trying() end

---A provisional response, 101 to 199.
---@param status integer
---@param options sipwright.AnswerOptions?
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:progress(status, options) end

---200. For INVITE the result is the session.
---@param options sipwright.AnswerOptions?
---@return (sipwright.Session|sipwright.IncomingRequest)? accepted
---@return sipwright.Error? err
function IncomingRequest:accept(options) end

---302 with these contacts.
---@param contacts string|string[]
---@param options sipwright.AnswerOptions?
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:redirect(contacts, options) end

---A refusal, 400 to 699.
---@param status integer
---@param options sipwright.AnswerOptions?
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:reject(status, options) end

---Any status.
---@param status integer
---@param options sipwright.AnswerOptions?
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:reply(status, options) end

---Waits for the CANCEL of an INVITE.
---@param what "CANCEL"
---@param options sipwright.ExpectOptions?
---@return sipwright.IncomingRequest? cancel
---@return sipwright.Error? err
function IncomingRequest:expect(what, options) end
