---@meta
-- SPDX-License-Identifier: MIT
-- Subscriptions: what a SUBSCRIBE or REFER makes, on either side.

---@class sipwright.SubscriptionDelegate
---@field on_notify (fun(incoming: sipwright.IncomingRequest))? of a subscriber
---@field on_subscribe (fun(incoming: sipwright.IncomingRequest))? of a notifier
---@field on_request (fun(incoming: sipwright.IncomingRequest))? all without one of its own
---@field on_end (fun(cause: string))? "terminated", "expired", "notify timeout", "481", …

---@class sipwright.Subscription
---@field event string the package
---@field id string?
---@field role "subscriber"|"notifier"
---@field state "init"|"pending"|"active"|"terminated" init: before any NOTIFY
---@field reason string? of the latest Subscription-State
---@field retry_after integer? of the latest Subscription-State
---@field expires number? seconds that are left
---@field cause string? why it is over: "terminated", "expired", "notify timeout", "481", …
---@field call_id string
---@field local_tag string
---@field remote_tag string
---@field remote_target string
---@field delegate sipwright.SubscriptionDelegate?
local Subscription = {}

---Renews it: a SUBSCRIBE in its dialog, with its Event, and the Expires of before.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingSubscribeRequest? request
---@return sipwright.Error? err
function Subscription:subscribe(options, delegate) end

---Ends it: a SUBSCRIBE with Expires: 0. It is over with the NOTIFY that follows.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingSubscribeRequest? request
---@return sipwright.Error? err
function Subscription:unsubscribe(options, delegate) end

---Sends a NOTIFY, as the notifier: `state` is "active" if it is not given.
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingNotifyRequest? request
---@return sipwright.Error? err
function Subscription:notify(options, delegate) end

---Sends a REFER in its dialog.
---@param refer_to string|sipwright.Session
---@param options sipwright.RequestOptions?
---@param delegate sipwright.SubscribeDelegate?
---@return sipwright.OutgoingReferRequest? request
---@return sipwright.Error? err
function Subscription:refer(refer_to, options, delegate) end

---Sends a request in its dialog.
---@param method string
---@param options sipwright.RequestOptions?
---@param delegate sipwright.RequestDelegate?
---@return sipwright.OutgoingRequest? request
---@return sipwright.Error? err
function Subscription:request(method, options, delegate) end

---Waits for a request on it.
---@param what string|string[]|fun(incoming: sipwright.IncomingRequest): boolean
---@param options sipwright.ExpectOptions?
---@return sipwright.IncomingRequest? incoming
---@return sipwright.Error? err
function Subscription:expect(what, options) end

---Forgets it, in silence.
function Subscription:dispose() end
