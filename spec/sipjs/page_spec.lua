-- SPDX-License-Identifier: MIT
-- docs/sipjs.md lists just those specs whose name says that SIP.js comes out otherwise.

local ROOT <const> = debug.getinfo(1, "S").source:match "^@(.-)/?spec/sipjs/page_spec.lua$"

local function path(name)
  return (ROOT == "" and "." or ROOT) .. "/" .. name
end

local function read(name)
  local file <close> = assert(io.open(name))
  return file:read "a"
end

--- The names of specs that end with "(differs: …)", without that.
local function differing()
  local names = {}
  local list <close> = assert(io.popen(("ls %s"):format(path "spec/sipjs/*_spec.lua")))
  for file in list:lines() do
    for name in read(file):gmatch 'it%("([^"\n]-) %(differs: [^"\n]+%)"' do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- The first column of the page's last table.
local function listed()
  local names = {}
  local last = read(path "docs/sipjs.md"):match ".*\n|%-%-%-|%-%-%-|%-%-%-|%-%-%-|\n(.*)$"
  for name in last:gmatch "| ([^|]+) |[^\n]*\n" do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

it("docs/sipjs.md has a row for each spec that differs, and no other", function()
  assert.is_true(#differing() > 10)
  assert.same(differing(), listed())
end)
