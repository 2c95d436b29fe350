---@meta
-- SPDX-License-Identifier: MIT
-- Requests that go out, and the responses to them.

---@class sipwright.Body { content, type, disposition }, with or without the names
---@field [1] string?
---@field [2] string?
---@field [3] string?
---@field content string?
---@field type string?
---@field disposition string?

---@class sipwright.HeaderEdits
---@field remove string[]?
---@field replace (table<string, string>|string[][])? by name, or { { name, value } }
---@field insert table[]? { { name, value, at = } }
---@field compact boolean? short header names
---@field fold boolean? headers on several lines

---@class sipwright.RequestOptions
---@field body (string|sipwright.Body)?
---@field extra_headers string[]? "Name: value"
---@field from string? the whole value
---@field to string?
---@field contact string?
---@field contacts string[]? several of them, instead of `contact`
---@field via string?
---@field route string? one value; "" means none
---@field request_uri string? in the request line instead of the target
---@field call_id string?
---@field cseq integer?
---@field expires integer? seconds, as an Expires header
---@field event string? SUBSCRIBE, NOTIFY, PUBLISH, unknown methods: package, as an Event header
---@field state string? NOTIFY: "active", "pending", "terminated", in Subscription-State, where
---  `expires` goes then too
---@field reason string? NOTIFY: why it is terminated
---@field retry_after integer? NOTIFY: seconds
---@field registrar string? REGISTER only: where it goes
---@field reliable (boolean|"required")? INVITE only: whether 100rel is offered; default: with the
---  switch `prack`
---@field rack string? PRACK only: what it acknowledges, "314 1 INVITE": RSeq, CSeq, method
---@field path boolean? REGISTER only: Supported: path (RFC 3327)
---@field etag string? PUBLISH only: the entity tag that it is about; "" means none
---@field auth sipwright.RequestAuth?
---@field headers sipwright.HeaderEdits?
---@field auto sipwright.Auto?
---@field timers { t1: number?, t2: number?, t4: number? }?
---@field session_expires integer? INVITE and UPDATE only: seconds (RFC 4028)
---@field min_se integer? INVITE and UPDATE only: seconds, as a Min-SE header
---@field refresher ("uac"|"uas")? INVITE and UPDATE only: who shall refresh the session
---@field replaces (string|sipwright.Session)? INVITE only: as a Replaces header (RFC 3891)
---@field force boolean? INVITE in a session: also while one is pending
---@field raw string? these bytes instead of everything
---@field edit (fun(text: string): string)? at the last moment; may not wait

---{ user, password }, or with their names.
---@class sipwright.RequestAuth
---@field [1] string?
---@field [2] string?
---@field user string?
---@field password string?
---@field hook sipwright.AuthHook? answers challenges by hand
---@field retries integer? challenges answered at the most, 1 to 10; default: the agent's

---@class sipwright.AckOptions of a 2xx
---@field body (string|sipwright.Body)?
---@field extra_headers string[]?
---@field from string?
---@field to string?
---@field contact string?
---@field via string?
---@field route string?
---@field request_uri string?
---@field call_id string?
---@field cseq integer?
---@field headers sipwright.HeaderEdits?
---@field raw string?
---@field edit (fun(text: string): string)?

---@class sipwright.FailureAckOptions of a 3xx to 6xx
---@field extra_headers string[]?
---@field headers sipwright.HeaderEdits?
---@field raw string?
---@field edit (fun(text: string): string)?

---@class sipwright.CancelOptions: sipwright.FailureAckOptions
---@field force boolean? at once, of any method, and once more if it is out already
---@field on_cross "bye"? a 2xx that crosses it is acknowledged and ended

---@class sipwright.RegisterOptions: sipwright.RequestOptions
---@field expires integer? seconds; 0 takes the binding away

---@class sipwright.RequestDelegate
---@field on_trying (fun(response: sipwright.IncomingResponse))? 100
---@field on_progress (fun(response: sipwright.IncomingResponse))? 101-199
---@field on_accept (fun(response: sipwright.IncomingResponse))? 2xx
---@field on_redirect (fun(response: sipwright.IncomingResponse))? 3xx
---@field on_reject (fun(response: sipwright.IncomingResponse))? 4xx-6xx, synthetic ones too
---@field on_error (fun(err: sipwright.Error))? trouble after the outcome
---@field on_refresh (fun(response: sipwright.IncomingResponse))? REGISTER and PUBLISH: the outcome
---  of each time that the engine has sent it again

---@class sipwright.SubscribeDelegate: sipwright.RequestDelegate
---@field on_notify (fun(incoming: sipwright.IncomingRequest,
---  subscription: sipwright.Subscription))? what the subscription's own delegate does not take
---@field on_notify_timeout fun()? no NOTIFY came within 64*T1

---One request from its first byte to its outcome, across authentication.
---@class sipwright.OutgoingRequest
---@field delegate sipwright.RequestDelegate?
---@field message sipwright.Message? as it was sent last
---@field method string
---@field state "trying"|"proceeding"|"done"|"disposed"
---@field attempts integer 2 after an answer to a challenge; redirects and refreshes count, too
---@field cancelled boolean
local OutgoingRequest = {}

---Cancels an INVITE: at once if a provisional response came, else as soon as
---one comes. Idempotent. Without a reason the options may come first.
---@param reason (string|sipwright.CancelOptions)? value of a Reason header
---@param options sipwright.CancelOptions?
---@return sipwright.OutgoingCancelRequest? cancel
---@return sipwright.Error? err "final", "disposed", "unsupported" (no INVITE)
function OutgoingRequest:cancel(reason, options) end

---Forgets it: nothing is called any more. Idempotent. With mode "cancel" an INVITE without
---outcome is cancelled, with "bye" the sessions it made are ended as well.
---@param options { mode: "silent"|"cancel"|"bye" }?
function OutgoingRequest:dispose(options) end

---Waits for the first final response, whatever its status.
---@param timeout number?
---@return sipwright.IncomingResponse? response
---@return sipwright.Error? err "timeout" (it goes on) or "disposed"
function OutgoingRequest:await(timeout) end

---Waits for one response. Another final one is an error. Of a SUBSCRIBE or REFER
---also for a "NOTIFY".
---@param what integer|string|table|function 180, "1xx", "2xx", { 180, 183 }, or a function of the
---  response
---@param options sipwright.ExpectOptions?
---@return (sipwright.IncomingResponse|sipwright.IncomingRequest)? response
---@return sipwright.Error? err "timeout", "unexpected" or "disposed"
function OutgoingRequest:expect(what, options) end

---@class sipwright.OutgoingInviteRequest: sipwright.OutgoingRequest
---@field sessions sipwright.Session[] that its responses made and that are not over, early ones too

---@class sipwright.OutgoingCancelRequest: sipwright.OutgoingRequest
---@class sipwright.OutgoingByeRequest: sipwright.OutgoingRequest

---@class sipwright.Binding
---@field uri string
---@field expires integer?
---@field q number?
---@field parameters table<string, string|true> the other ones

---@class sipwright.OutgoingRegisterRequest: sipwright.OutgoingRequest
---@field bindings sipwright.Binding[]? of the latest 2xx, whoever made them
---@field expires integer? seconds that it grants to our Contact; nil where it does not say
---@field service_route string[]? its Service-Route (RFC 3608)

---@class sipwright.OutgoingMessageRequest: sipwright.OutgoingRequest
---@class sipwright.OutgoingInfoRequest: sipwright.OutgoingRequest
---@class sipwright.OutgoingNotifyRequest: sipwright.OutgoingRequest
---@class sipwright.OutgoingPrackRequest: sipwright.OutgoingRequest

---@class sipwright.OutgoingPublishRequest: sipwright.OutgoingRequest
---@field etag string? SIP-ETag of the latest 2xx

---@class sipwright.OutgoingReferRequest: sipwright.OutgoingRequest
---@field delegate sipwright.SubscribeDelegate?
---@field subscription sipwright.Subscription? the first that it has made, over or not
---@field subscriptions sipwright.Subscription[] one of each fork

---@class sipwright.OutgoingSubscribeRequest: sipwright.OutgoingRequest
---@field delegate sipwright.SubscribeDelegate?
---@field subscription sipwright.Subscription? the first that it has made, over or not
---@field subscriptions sipwright.Subscription[] one of each fork

---@class sipwright.OutgoingUpdateRequest: sipwright.OutgoingRequest

---@class sipwright.IncomingResponse
---@field status integer
---@field reason string
---@field ok boolean 2xx
---@field message sipwright.Message? nil when it is synthetic
---@field synthetic boolean made by the engine: 408 after a timeout, 503 when sending failed
---@field cause string? "timeout:B", "transport:refused", …
---@field cancelled boolean its request had been cancelled when it came
---@field session sipwright.Session? of a response to INVITE
---@field reliable boolean a 101-199 that says Require: 100rel
---@field rseq integer? the number in its RSeq
---@field problems string[] what is wrong with it: "no-to-tag", "no-contact", "bad-rseq", …
---@field request sipwright.OutgoingRequest what it answers
local IncomingResponse = {}

---Sends the ACK of a final response to INVITE; without it the engine does, of a 3xx to 6xx
---before anybody hears of it, unless `auto = { ack_failure = false }`.
---@param options (sipwright.AckOptions|sipwright.FailureAckOptions)?
---@return boolean? sent
---@return sipwright.Error? err
function IncomingResponse:ack(options) end

---Sends the PRACK of a reliable 101-199; without it the engine does.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingPrackRequest? request
---@return sipwright.Error? err
function IncomingResponse:prack(options, delegate) end
