-- SPDX-License-Identifier: MIT
-- Every Lua example of the documents loads; the whole scripts among them, which
-- begin with `local sip = require "sipwright"` or with `return {`, also run and
-- pass, and print what is promised behind `-->`.

local child = require "spec.cli.child"
local pages = require "spec.support.pages"

local PAGES <const> = { "README.md", "docs/scripting.md" }
local LINKED <const> = {
  "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/scripting.md", "docs/sipjs.md",
  "docs/summary.md", "docs/performance.md", "spec/README.md", "lua/README.md",
}

--- What the comments behind `print(…)` say that it prints: "--> one  two".
local function promised(text)
  local lines = {}
  for words in text:gmatch "%-%-> ([^\n;:]+)" do
    lines[#lines + 1] = words
  end
  return lines
end

local function assert_prints(ended, text)
  local out = ended.out:gsub("[ \t]+", " ")
  for _, words in ipairs(promised(text)) do
    local expected = words:gsub("[ \t]+", " ")
    assert.is_truthy(out:find(expected, 1, true), ("%q in %s"):format(expected, out))
  end
end

local function run_whole(text)
  local words = { "run", "mine.lua" }
  if ("\n" .. text):find "\nreturn {" then
    table.move({ "--calls", "5", "--rate", "100" }, 1, 4, 3, words)
  end
  child.write("mine.lua", text)
  local ended = child.run(words)
  assert.equal(0, ended.code, ended.out .. ended.err)
  assert.equal("", ended.err)
  assert_prints(ended, text)
end

local function run_stock(text)
  child.write("mine.lua", text)
  local ended = child.run_program({ child.lua(), "mine.lua" }, "-u SIPWRIGHT_TARGET")
  assert.equal(0, ended.code, ended.err)
  assert_prints(ended, text)
end

local function serve_whole(text)
  child.write("mine.lua", text)
  local served = child.start { "serve", "mine.lua", "--listen", "udp:127.0.0.1:0", "--calls", "3" }
  served:says "listening at "
  local uri = "sip:x@" .. served:output():match "listening at ([%d.:]+)"
  local calls = child.run {
    "run", child.path "scenarios/load/basic_call.lua", "--target", uri, "--calls", "3",
  }
  assert.equal(0, calls.code, calls.out)
  assert.equal(0, served:finish(10).code)
end

for _, page in ipairs(PAGES) do
  describe(page, function()
    after_each(child.clean)

    it("has examples", function()
      assert.is_true(#pages.blocks(page) > 0)
    end)

    for _, block in ipairs(pages.blocks(page)) do
      local name = ("the example at line %d"):format(block.line)
      if pages.serves(block.text) then
        it(name .. " serves", function() serve_whole(block.text) end)
      elseif pages.is_stock(block.text) then
        it(name .. " runs without the command", function() run_stock(block.text) end)
      elseif pages.runs(block.text) then
        it(name .. " runs", function() run_whole(block.text) end)
      else
        it(name .. " loads", function()
          assert(load(block.text, ("=%s:%d"):format(page, block.line), "t"))
        end)
      end
    end
  end)
end

describe("links", function()
  for _, page in ipairs(LINKED) do
    it("of " .. page .. " lead somewhere", function()
      assert.same({}, pages.broken_links(page))
    end)
  end

  it("that lead nowhere are found", function()
    assert.is_false(pages.leads("docs/no_such_page.md", ""))
    assert.is_false(pages.leads("docs/scripting.md", "no-such-heading"))
    assert.is_true(pages.leads("docs/scripting.md", "conventions"))
  end)
end)

describe("the first steps of README.md", function()
  after_each(child.clean)

  it("work as they are written", function()
    local file = assert(io.open "README.md")
    local text = file:read "a"
    file:close()
    local from = text:match "\n   cp (%S+) mine%.lua\n"
    local words = text:match "\n   scripts/sipwright (run mine%.lua[^\n]*)\n"
    local source = assert(io.open(child.path(from)))
    child.write("mine.lua", source:read "a")
    source:close()
    local list = {}
    for word in words:gmatch "%S+" do
      list[#list + 1] = word
    end
    local ended = child.run(list)
    assert.equal(0, ended.code, ended.out .. ended.err)
    assert.matches("\npassed: 1 call, 0 failed", ended.out)
  end)
end)
