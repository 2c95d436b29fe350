---@meta
-- SPDX-License-Identifier: MIT
-- Tasks, raw sockets, and digest servers.

---@class sipwright.Task
---@field done boolean
local Task = {}

---Waits for its end. Returns true and what the task returned; nil, err for an
---error inside ("error"), for a task that was cancelled, and on a timeout.
---@param timeout number?
---@return boolean? ended
---@return any ...
function Task:join(timeout) end

---Ends it: pending `<close>` variables are closed.
function Task:cancel() end

---@class sipwright.Socket
---@field address string "127.0.0.1:5060"
local Socket = {}

---Sends one datagram.
---@param bytes string
---@param to string "127.0.0.1:5060"
---@return boolean? sent
---@return sipwright.Error? err
function Socket:send(bytes, to) end

---Waits for one datagram.
---@param timeout number?
---@return string? bytes
---@return string|sipwright.Error from whom, or the error
function Socket:receive(timeout) end

function Socket:close() end

---@class sipwright.DigestServerOptions
---@field realm string
---@field algorithm string? "MD5" (default), "SHA-256", "SHA-512-256", each with "-sess"
---@field qop string? "auth" (default), "auth-int", "auth,auth-int"
---@field lifetime number? of a nonce

---@class sipwright.DigestServer
local DigestServer = {}

---The value of a WWW-Authenticate or Proxy-Authenticate header.
---@param stale boolean?
---@return string value
function DigestServer:challenge(stale) end

---Checks the credentials of a request.
---@param message sipwright.Message
---@param password fun(user: string): string? nil for an unknown user
---@param proxy boolean? look at Proxy-Authorization
---@return "ok"|"none"|"stale"|"wrong"|"broken" verdict
---@return string? user
function DigestServer:check(message, password, proxy) end
