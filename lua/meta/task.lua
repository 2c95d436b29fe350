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
