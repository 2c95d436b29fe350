---@meta
-- SPDX-License-Identifier: MIT
-- Loads: many calls of one scenario.

---@class sipwright.LoadOptions
---@field scenario fun(call: sipwright.Call)
---@field agent sipwright.UserAgent
---@field target string?
---@field set table?
---@field calls integer?
---@field rate number?
---@field max_open integer?
---@field duration number?
---@field call_timeout number?
---@field graceful_stop number?
---@field serve boolean? one call for each incoming request of the agent

---@class sipwright.Trend
---@field count integer
---@field min number
---@field mean number
---@field p50 number
---@field p90 number
---@field p95 number
---@field p99 number
---@field p999 number
---@field max number

---@class sipwright.LoadFailure
---@field cause string
---@field count integer
---@field number integer the first call that failed so
---@field detail string its error with the traceback
---@field call_id string?

---@class sipwright.Snapshot
---@field started integer
---@field succeeded integer
---@field failed integer
---@field dropped integer not started: too many were open
---@field killed integer ended by the end of the load
---@field open integer
---@field max_open_seen integer
---@field elapsed number
---@field trends table<string, sipwright.Trend>
---@field outcomes { method: string, status: integer, count: integer, cause: string? }[]
---@field counts table<string, number>
---@field checks table<string, { passed: integer, failed: integer }>
---@field failures sipwright.LoadFailure[] the most frequent first
---@field misuse string? the wrong option that ended it

---@class sipwright.Load
---@field over boolean
local Load = {}

---Waits until all calls are over.
---@param timeout number?
---@return boolean? over
---@return sipwright.Error? err
function Load:wait(timeout) end

---Starts no more calls.
function Load:stop() end

---Ends the calls that are open, with BYE or CANCEL.
function Load:kill() end

---How it is going.
---@return sipwright.Snapshot
function Load:snapshot() end

---The counters and failures of a snapshot without times, outcomes and checks:
---cheap while the load runs.
---@return sipwright.Snapshot
function Load:progress() end

---One run of the scenario.
---@class sipwright.Call
---@field agent sipwright.UserAgent shared by all calls
---@field target string
---@field number integer from 1
---@field set table the values of `--set` over `options.set`
---@field incoming sipwright.IncomingRequest? with `serve`
---@field call_id string? of its latest request
local Call = {}

---As `UserAgent:invite`, owned by this call: what is left open at its end is
---ended, and the call fails with the cause "left open".
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInviteRequest? request
---@return sipwright.Error? err
function Call:invite(uri, options, delegate) end

---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingMessageRequest? request
---@return sipwright.Error? err
function Call:message(uri, options, delegate) end

---@param options sipwright.RegisterOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRegisterRequest? request
---@return sipwright.Error? err
function Call:register(options, delegate) end

---Sends an INFO.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingInfoRequest? request
---@return sipwright.Error? err
function Call:info(uri, options, delegate) end

---Sends a NOTIFY that no subscription asked for.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingNotifyRequest? request
---@return sipwright.Error? err
function Call:notify(uri, options, delegate) end

---Sends an OPTIONS.
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function Call:options(uri, options, delegate) end

---Publishes event state (RFC 3903).
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingPublishRequest? request
---@return sipwright.Error? err
function Call:publish(uri, options, delegate) end

---Subscribes to an event package (RFC 6665).
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingSubscribeRequest? request
---@return sipwright.Error? err
function Call:subscribe(uri, options, delegate) end

---Refers somebody to a third party.
---@param uri string
---@param refer_to string|sipwright.Session
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingReferRequest? request
---@return sipwright.Error? err
function Call:refer(uri, refer_to, options, delegate) end

---@param method string
---@param uri string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function Call:request(method, uri, options, delegate) end

---Counts whether something held. Never fails the call, but the run.
---@param name string
---@param ok any
---@return boolean ok
function Call:check(name, ok) end

---Adds to a counter of the script's own.
---@param name string
---@param n number? default 1
function Call:count(name, n) end

---Starts to measure a time, or records one that is known.
---@param name string
---@param seconds number?
---@return fun()? stop
function Call:time(name, seconds) end
