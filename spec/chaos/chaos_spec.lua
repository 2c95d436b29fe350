-- SPDX-License-Identifier: MIT
-- A small chaos run of `scripts/chaos`; under sanitizers, like all specs.

local REQUESTS <const> = 3000
local KINDS <const> = {
  "BYE", "CANCEL", "FOO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH",
  "REFER", "REGISTER", "SUBSCRIBE", "UPDATE",
}

--- What it prints, without how long it took, and whether all was well.
local function run(seed)
  local pipe = assert(io.popen(("scripts/chaos --requests %d --seed %d 2>&1"):format(
    REQUESTS, seed)))
  local text = pipe:read "a"
  local well = pipe:close()
  return text:gsub("[^\n]*processor time[^\n]*\n", ""), well
end

--- How many of that kind were sent.
local function sent_of(text, kind)
  return math.tointeger(text:match("\n" .. kind .. " +(%d+)"))
end

describe("requests of all kinds at random over a bad network", function()
  it("have one outcome each, or were disposed of, and nothing is left", function()
    local text, well = run(1)
    assert.is_true(well, text)
    assert.truthy(text:find("\nok: ", 1, true), text)
    for _, kind in ipairs(KINDS) do
      assert.is_true((sent_of(text, kind) or 0) >= REQUESTS // 200, kind .. ":\n" .. text)
    end
    assert.is_true(sent_of(text, "all") >= REQUESTS)
    for _, what in ipairs { "cancel%-guard %d", "timeout:B %d", "timeout:F %d" } do
      assert.truthy(text:find(what), what .. ":\n" .. text)
    end
  end)

  it("come out the same with the same seed, and not with another", function()
    local text = run(2)
    assert.equal(text, (run(2)))
    assert.not_equal(text:gsub("seed %d", ""), (run(3):gsub("seed %d", "")))
  end)
end)
