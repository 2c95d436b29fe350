---@meta
-- SPDX-License-Identifier: MIT
-- Requests that come in, and the answers to them.

---@class sipwright.AnswerOptions
---@field body (string|sipwright.Body)?
---@field extra_headers string[]? "Name: value"
---@field reason string? default: the standard phrase
---@field contact string?
---@field to_tag string?
---@field expires integer? seconds; of a SUBSCRIBE the most: less if less is asked for
---@field headers sipwright.HeaderEdits?
---@field session_expires integer? seconds at most, as a Session-Expires header (RFC 4028)
---@field refresher ("uac"|"uas")? who shall refresh the session
---@field raw string? these bytes instead of everything
---@field edit (fun(text: string): string)?
---@field force boolean? send even where the transaction does not allow it
---@field reliable boolean? 101-199 to INVITE: repeated until its PRACK comes (RFC 3262); default:
---  where the INVITE requires it

---@class sipwright.IncomingDelegate
---@field on_cancel (fun(incoming: sipwright.IncomingCancelRequest))?

---@class sipwright.IncomingRequest
---@field message sipwright.Message
---@field method string
---@field remote string "127.0.0.1:5070"
---@field session sipwright.Session?
---@field subscription sipwright.Subscription? that it is for, or has made
---@field refer_to string? the Refer-To of a REFER, whole
---@field replaces sipwright.Session? what its Replaces header names (RFC 3891)
---@field status integer? of the latest answer
---@field cancelled boolean
---@field delegate sipwright.IncomingDelegate?
---@field auto sipwright.Auto its switches, at first the agent's; of what has not happened yet.
---  Setting it changes those that it names
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

---200, or 202 to a REFER. For INVITE the result is the session, for SUBSCRIBE and
---REFER the subscription.
---@param options sipwright.AnswerOptions?
---@return (sipwright.Session|sipwright.Subscription|sipwright.IncomingRequest)? accepted
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

---Asks for a password: 401, or 407 of a server that is a proxy. Not for ACK and
---CANCEL.
---@param server sipwright.DigestServer|sipwright.DigestServer[]
---@param options sipwright.AnswerOptions?
---@return sipwright.IncomingRequest? sent
---@return sipwright.Error? err
function IncomingRequest:challenge(server, options) end

---Checks the credentials that it has for that server. After "stale" the next
---challenge by the server says so.
---@param server sipwright.DigestServer
---@param password sipwright.Passwords
---@return sipwright.Verdict verdict
---@return string? user
function IncomingRequest:verify(server, password) end

---Waits for the CANCEL of an INVITE.
---@param what "CANCEL"
---@param options sipwright.ExpectOptions?
---@return sipwright.IncomingRequest? cancel
---@return sipwright.Error? err
function IncomingRequest:expect(what, options) end

---@class sipwright.IncomingAckRequest: sipwright.IncomingRequest

---@class sipwright.IncomingByeRequest: sipwright.IncomingRequest

---@class sipwright.IncomingCancelRequest: sipwright.IncomingRequest

---@class sipwright.IncomingInfoRequest: sipwright.IncomingRequest

---@class sipwright.IncomingInviteRequest: sipwright.IncomingRequest

---@class sipwright.IncomingMessageRequest: sipwright.IncomingRequest

---@class sipwright.IncomingNotifyRequest: sipwright.IncomingRequest

---@class sipwright.IncomingOptionsRequest: sipwright.IncomingRequest

---@class sipwright.IncomingPrackRequest: sipwright.IncomingRequest

---@class sipwright.IncomingPublishRequest: sipwright.IncomingRequest

---@class sipwright.IncomingReferRequest: sipwright.IncomingRequest

---@class sipwright.IncomingRegisterRequest: sipwright.IncomingRequest

---@class sipwright.IncomingSubscribeRequest: sipwright.IncomingRequest

---@class sipwright.IncomingUpdateRequest: sipwright.IncomingRequest
