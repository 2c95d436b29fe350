---@meta
-- SPDX-License-Identifier: MIT
-- What a script plays a server with: digest, registrar, event state compositor.

---@class sipwright.DigestServerOptions
---@field realm string
---@field algorithm string? "MD5" (default), "SHA-256", "SHA-512-256", each with "-sess"
---@field algorithms string[]? several of them, in the order in which they are offered
---@field qop string? "auth" (default), "auth-int", "auth,auth-int"
---@field lifetime number? of a nonce; default 300
---@field proxy boolean? it asks as a proxy does: 407, Proxy-Authenticate

---Of a user: the password, a table of them by user, or a function of the user that
---returns it, nil for an unknown one.
---@alias sipwright.Passwords string|table<string, string>|fun(user: string): string?

---@alias sipwright.Verdict "ok"|"none"|"stale"|"wrong"|"broken"

---@class sipwright.DigestServer
local DigestServer = {}

---The values of WWW-Authenticate or Proxy-Authenticate headers, one for each
---algorithm, with new nonces.
---@param stale boolean?
---@return string value
---@return string ... of further algorithms
function DigestServer:challenge(stale) end

---Checks the credentials of a request.
---@param message sipwright.Message
---@param password sipwright.Passwords
---@return sipwright.Verdict verdict
---@return string? user
function DigestServer:check(message, password) end

---@class sipwright.RegistrarOptions
---@field users table<string, string>? user = password
---@field realm string? default "sipwright"
---@field auth (boolean|sipwright.DigestServer)? ask for passwords; default: where there are users
---@field strangers boolean? others than users may register as they are; default: without users
---@field min_expires number? below it 423; default 0
---@field max_expires number? longer is shortened; default: no limit
---@field default_expires number? default 3600
---@field contacts_max number? more get 403; default: no limit
---@field path boolean? takes and returns Path (RFC 3327); default false
---@field service_route (string|string[])? values of Service-Route (RFC 3608)

---@class sipwright.registrar.Binding
---@field uri string
---@field q number?
---@field expires integer seconds that are left
---@field call_id string
---@field cseq integer
---@field path string[] values of Path

---@class sipwright.Registrar
---@field on_change (fun(user: string, bindings: sipwright.registrar.Binding[]))? a request, or
---  `remove`, has changed them; of what expires nobody is told
local Registrar = {}

---Does what a REGISTER asks for (RFC 3261 10.3), and answers it.
---@param incoming sipwright.IncomingRequest
---@return integer status of the answer
function Registrar:handle(incoming) end

---Where a user is: preferred first, by q, then the latest.
---@param user string
---@return string[] uris
function Registrar:lookup(user) end

---A user's bindings, in the same order.
---@param user string
---@return sipwright.registrar.Binding[]
function Registrar:bindings(user) end

---Takes a user's bindings away, or that of one URI.
---@param user string
---@param uri string?
---@return integer count how many there were
function Registrar:remove(user, uri) end

---Is this one of its users?
---@param user string
---@return boolean
function Registrar:knows(user) end

---Changes the options that are given.
---@param options sipwright.RegistrarOptions
function Registrar:configure(options) end

---@class sipwright.PublicationsOptions
---@field events string[]? packages that it takes, others get 489; default: any
---@field min_expires number? below it 423; default 0
---@field max_expires number? longer is shortened; default: no limit
---@field default_expires number? default 3600

---@class sipwright.publications.State
---@field etag string
---@field body string
---@field content_type string
---@field expires integer seconds that are left

---@class sipwright.Publications
---@field on_change (fun(uri: string, event: string, states: sipwright.publications.State[]))? a
---  PUBLISH has changed them; of what expires nobody is told
local Publications = {}

---Does what a PUBLISH asks for (RFC 3903 section 6), and answers it.
---@param incoming sipwright.IncomingRequest
---@return integer status of the answer
function Publications:handle(incoming) end

---What is published for an address, the oldest first.
---@param uri string
---@param event string
---@return sipwright.publications.State[]
function Publications:get(uri, event) end
