-- SPDX-License-Identifier: MIT
-- The module that scripts require: the C core plus what is written in Lua.

local address = require "sipwright.address"
local context = require "sipwright.context"
local core = require "sipwright.core"
local publications = require "sipwright.publications"
local registrar = require "sipwright.registrar"
local sdp = require "sipwright.sdp"
local tasks = require "sipwright.tasks"
local uri = require "sipwright.uri"

local M = {}
for name, member in pairs(core) do
  M[name] = member
end
for name, member in pairs(tasks) do
  M[name] = member
end

M.publications = publications.new
M.registrar = registrar.new
M.sdp = sdp.build
M.host = uri.host
M.uri = uri.uri
M.address = address.address
M.target = context.target
M.set = context.set

return M
