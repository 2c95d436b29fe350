---@meta
-- SPDX-License-Identifier: MIT
-- User agents: an identity on a socket.

---What the engine does by itself; all on by default but `redirect` and `refresh`.
---@class sipwright.Auto
---@field trying boolean? 100 to an INVITE that is unanswered for 200 ms
---@field ack boolean? ACK of a 2xx
---@field auth boolean? the answer to 401 and 407
---@field cancel boolean? 200 to CANCEL, 487 to its INVITE
---@field preempt boolean? credentials unasked in REGISTER and dialogs, once challenged
---@field fork_bye boolean? ends the second and later 2xx of an INVITE
---@field stray boolean? 481 to requests of no known dialog
---@field bye boolean? 200 to BYE
---@field notify boolean? 200 to NOTIFY in a dialog
---@field info boolean? 200 to INFO in a dialog
---@field options boolean? 200 to OPTIONS
---@field update boolean? 200 to UPDATE without a body
---@field allow boolean? 405 to a method that nobody handles
---@field retransmit boolean? timers A and E, the repeats of a 2xx
---@field ack_timeout_bye boolean? BYE when no ACK came for our 2xx
---@field prack boolean? PRACK of reliable responses, and 200 to one
---@field merged boolean? 482 to a request that came another way before
---@field glare boolean? 491 and 500 to offers that cross; tries again after a 491
---@field session_timer boolean? refreshes sessions, ends those that nobody refreshes (RFC 4028)
---@field replaces boolean? ends the session that an accepted one replaces (RFC 3891)
---@field ack_failure boolean? ACK of a 3xx to 6xx
---@field subscribe boolean? 200 to a SUBSCRIBE that renews a subscription; the NOTIFY that ends it
---@field redirect boolean? follows a 3xx; off by default
---@field refresh boolean? renews registrations and subscriptions, answers a 423; off by default

---@class sipwright.AgentOptions
---@field uri string? "sip:alice@example.com"; default: of its socket
---@field display_name string?
---@field username string? for digest; default: the URI's user
---@field password string?
---@field proxy string? the URI that all requests go through
---@field listen string? "udp:127.0.0.1:0"
---@field contact string? the whole value; default: made of the socket
---@field user_agent string? User-Agent and Server
---@field timers { t1: number?, t2: number?, t4: number? }?
---@field auto sipwright.Auto?
---@field min_se integer? seconds that a session must last (RFC 4028); default 90
---@field hold number? how long an unanswered request waits for the script; default 2
---@field shared boolean? with port 0: one port for all agents that say so
---@field delegate sipwright.AgentDelegate?
---@field auth sipwright.AgentAuth? answers to challenges by hand
---@field peer boolean? internal: the engine of the peer in this process

---@class sipwright.AgentAuth
---@field hook sipwright.AuthHook?
---@field retries integer? challenges that one request answers at the most, 1 to 10; default 10

---Builds the answer to a 401 or 407: a header line, a list of them, or nil for none. May not
---wait, send, or close.
---@alias sipwright.AuthHook fun(challenge: sipwright.Message, request: sipwright.Message):
---  string|string[]|nil

---What the socket is about to send, and to whom; `message` is nil where the bytes are none.
---@class sipwright.EditInfo
---@field to string "127.0.0.1:5060"
---@field message sipwright.Message?

---@class sipwright.AgentDelegate
---@field on_invite (fun(incoming: sipwright.IncomingInviteRequest))?
---@field on_register (fun(incoming: sipwright.IncomingRegisterRequest))?
---@field on_message (fun(incoming: sipwright.IncomingMessageRequest))?
---@field on_options (fun(incoming: sipwright.IncomingOptionsRequest))?
---@field on_request (fun(incoming: sipwright.IncomingRequest))? all for which there is no other

---@class sipwright.ExpectOptions
---@field timeout number? default 5
---@field where (fun(what: sipwright.IncomingRequest|sipwright.IncomingResponse): boolean)? what
---  else must hold; may not wait

---@class sipwright.Faults
---@field drop number? share of datagrams, 0 to 1
---@field duplicate number? share
---@field delay (number|number[])? seconds, or { least, most }
---@field reorder number? share
---@field corrupt number? share
---@field seed integer?
---@field where (fun(bytes: string, outgoing: boolean): boolean)? which datagrams

---@class sipwright.UserAgent
---@field address string "127.0.0.1:5060"
---@field contact string "<sip:alice@127.0.0.1:5060>"
---@field uri string
---@field delegate sipwright.AgentDelegate?
---@field closed boolean
---@field service_route string[]? Route of requests outside of dialogs, from the latest 2xx to a
---  REGISTER for `uri` (RFC 3608); may be set and cleared
---@field edit (fun(text: string, info: sipwright.EditInfo): string|boolean|nil)? has the last
---  word about all that its socket sends: the text instead, false for not at all, nil for as it is
---@field lost integer requests that nobody took, dropped from a full mailbox
local UserAgent = {}

---Calls.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInviteRequest? request
---@return sipwright.Error? err
function UserAgent:invite(uri, options, delegate) end

---Sends a MESSAGE.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingMessageRequest? request
---@return sipwright.Error? err
function UserAgent:message(uri, options, delegate) end

---Sends a REGISTER for the agent's URI, to its domain. All that an agent sends for
---one address to one registrar have one Call-ID.
---@param options sipwright.RegisterOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRegisterRequest? request
---@return sipwright.Error? err
function UserAgent:register(options, delegate) end

---Sends an INFO.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInfoRequest? request
---@return sipwright.Error? err
function UserAgent:info(uri, options, delegate) end

---Sends a NOTIFY that no subscription asked for.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingNotifyRequest? request
---@return sipwright.Error? err
function UserAgent:notify(uri, options, delegate) end

---Sends an OPTIONS.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function UserAgent:options(uri, options, delegate) end

---Publishes event state (RFC 3903): what it published last with this URI and event
---is modified, by its entity tag; without a body refreshed, with `expires = 0` removed.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingPublishRequest? request
---@return sipwright.Error? err
function UserAgent:publish(uri, options, delegate) end

---Subscribes to an event package (RFC 6665): `event` and `expires` say to what.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingSubscribeRequest? request
---@return sipwright.Error? err
function UserAgent:subscribe(uri, options, delegate) end

---Refers somebody to a third party (RFC 3515).
---@param uri string
---@param refer_to string|sipwright.Session a URI, a whole value, or a session to be replaced
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingReferRequest? request
---@return sipwright.Error? err
function UserAgent:refer(uri, refer_to, options, delegate) end

---Sends a request of any method.
---@param method string
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function UserAgent:request(method, uri, options, delegate) end

---Waits for an incoming request outside of dialogs.
---@param what string|string[]|fun(incoming: sipwright.IncomingRequest): boolean a method, "*",
---  several methods, or a function
---@param options sipwright.ExpectOptions?
---@return sipwright.IncomingRequest? incoming
---@return sipwright.Error? err
function UserAgent:expect(what, options) end

---Sends bytes from the agent's own socket, whatever they are.
---@param bytes string
---@param to string "127.0.0.1:5060"
---@return boolean? sent
---@return sipwright.Error? err
function UserAgent:send(bytes, to) end

---Loses, repeats, delays or spoils datagrams of this agent's socket, both ways.
---nil takes them off; without an argument it tells what they have done. Agents
---that share a socket have each their own.
---@param faults sipwright.Faults?
---@return table<string, integer>? counters seen, dropped, duplicated, delayed, reordered, corrupted
function UserAgent:faults(faults) end

---Ends it in silence; also at the end of its `<close>` variable.
function UserAgent:close() end
