---@meta
-- SPDX-License-Identifier: MIT
-- Sessions: what an accepted INVITE makes, on either side.

---@class sipwright.SessionDelegate
---@field on_bye (fun(incoming: sipwright.IncomingByeRequest))?
---@field on_ack (fun(incoming: sipwright.IncomingAckRequest))?
---@field on_info (fun(incoming: sipwright.IncomingInfoRequest))?
---@field on_message (fun(incoming: sipwright.IncomingMessageRequest))?
---@field on_prack (fun(incoming: sipwright.IncomingPrackRequest))?
---@field on_request (fun(incoming: sipwright.IncomingRequest))? all but ACK without one of its own
---@field on_end (fun(cause: string))? "bye sent", "bye received", "ack timeout", …

---@class sipwright.Session
---@field delegate sipwright.SessionDelegate?
---@field state "early"|"accepted"|"confirmed"|"ending"|"ended"
---@field lost integer requests that nobody took, dropped from a full mailbox
---@field cause string? why it ended: "bye sent", "bye received", "ack timeout",
---  "session expired", "481", "408" …
---@field call_id string
---@field local_tag string
---@field remote_tag string
---@field remote_target string
---@field signaling "stable"|"have-local-offer"|"have-remote-offer"
---@field local_sdp string? what we offered or both agreed on, whichever is later
---@field remote_sdp string? the same of the peer
---@field session_expires integer? seconds it lasts without a refresh (RFC 4028)
---@field refresher ("local"|"remote")? who refreshes it
---@field replaces string value of a Replaces header by which the peer finds it (RFC 3891)
local Session = {}

---Ends it.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingByeRequest? request
---@return sipwright.Error? err
function Session:bye(options, delegate) end

---Sends a MESSAGE inside the dialog.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingMessageRequest? request
---@return sipwright.Error? err
function Session:message(options, delegate) end

---Sends an INFO inside the dialog.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInfoRequest? request
---@return sipwright.Error? err
function Session:info(options, delegate) end

---Sends a re-INVITE.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInviteRequest? request
---@return sipwright.Error? err "pending" while an INVITE of either side is, "state" before the 2xx
function Session:invite(options, delegate) end

---Sends a NOTIFY inside the dialog.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingNotifyRequest? request
---@return sipwright.Error? err
function Session:notify(options, delegate) end

---Sends an OPTIONS inside the dialog.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function Session:options(options, delegate) end

---Sends a PRACK, of the latest reliable response that waits for one unless `rack` says another.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingPrackRequest? request
---@return sipwright.Error? err
function Session:prack(options, delegate) end

---Sends an UPDATE (RFC 3311).
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingUpdateRequest? request
---@return sipwright.Error? err
function Session:update(options, delegate) end

---Refers the other side to a third party (RFC 3515).
---@param refer_to string|sipwright.Session a URI, a whole value, or a session to be replaced
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingReferRequest? request
---@return sipwright.Error? err
function Session:refer(refer_to, options, delegate) end

---Sends a request inside the dialog.
---@param method string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function Session:request(method, options, delegate) end

---Waits for a request inside the dialog, ACK and BYE included.
---@param what string|string[]|fun(incoming: sipwright.IncomingRequest): boolean
---@param options sipwright.ExpectOptions?
---@return sipwright.IncomingRequest? incoming
---@return sipwright.Error? err
function Session:expect(what, options) end

---Sends the ACK of the 2xx that made this session.
---@param options sipwright.AckOptions?
---@return boolean? sent
---@return sipwright.Error? err
function Session:ack(options) end

---Forgets it, in silence.
function Session:dispose() end
