print("a", 1, nil, true, 1.5)      --> a\t1\tnil\ttrue\t1.5
print()                            -->
print(0/0 ~= 0/0, 1/0, -1/0)       --> true\tinf\t-inf
print(2^53, 1e100, 0.1, 100)       --> 9.007199254741e+15\t1e+100\t0.1\t100
print(type(print), type(nil), type({}), type("x"), type(2)) --> function\tnil\ttable\tstring\tnumber
print(tostring(setmetatable({}, {__tostring = function() return "me" end}))) --> me
print(select("#", 1, nil, nil), select(2, "a", "b", "c")) --> 3\tb\tc
print(select(-1, "a", "b"))        --> b
print(rawequal("a", "a"), rawlen({1, 2}), rawget({x = 1}, "x")) --> true\t2\t1
print(unpack({1, 2, 3}, 2))        --> 2\t3
print(tonumber("10"), tonumber(" 0x1F "), tonumber("1e3"), tonumber("-.5")) --> 10\t31\t1000\t-0.5
print(tonumber("ff", 16), tonumber("777", 8), tonumber("z", 36), tonumber("8", 8)) --> 255\t511\t35\tnil
print(tonumber("abc"), tonumber(""), tonumber("1_000"), tonumber("inf"), tonumber("nan"), tonumber({})) --> nil\tnil\tnil\tnil\tnil\tnil
print(1e400, -1e400, 0010, 0010.5, 007, 0xFFFFFFFFFFFFFFFF == 2^64, 0x1FFFFFFFFFFFFFFFFF == 2^69, tonumber("0x1FFFFFFFFFFFFFFFFF") == 2^69, 3e-2) --> inf\t-inf\t10\t10.5\t7\ttrue\ttrue\ttrue\t0.03
print(collectgarbage("count"))     --> 0
print(dofile, loadfile, io, debug, package, newproxy, module) --> nil\tnil\tnil\tnil\tnil\tnil\tnil
print(os.exit, os.execute, os.getenv, os.remove) --> nil\tnil\tnil\tnil
print(next({}), next({10}))        --> nil\t1\t10
print(getmetatable("x").__index == string) --> true
---
-- Variables that a closure captured stay shared after a caught error.
local count = 0
local function bump() count = count + 1 end
pcall(function() error("x") end)
bump()
print(count)                       --> 1
local kept
pcall(function()
  local inner = 5
  kept = function() inner = inner + 1; return inner end
  error("y")
end)
local a, b, c, d = 1, 2, 3, 4
print(kept(), kept(), a, b, c, d)  --> 6\t7\t1\t2\t3\t4
for i = 1, 3 do
  pcall(function() pcall(error, "inner"); bump(); error("outer") end)
end
print(count)                       --> 4
xpcall(function() bump(); error("z") end, function(m) pcall(error, "in handler"); bump(); return m end)
bump()
print(count)                       --> 7
---
print(pcall(error, "plain"))       --> false\tplain
print(pcall(error))                --> false\tnil
print(pcall(error, {code = 1}) == false) --> true
print(select(2, pcall(error, {code = 1})).code) --> 1
print(pcall(function() error("placed") end)) --> false\tmain.lua:@: placed
local function level2() error("blamed", 2) end
print(pcall(function() level2() return 1 end)) --> false\tmain.lua:@: blamed
print(pcall(function() error("bare", 0) end)) --> false\tbare
print(pcall(nil))                  --> false\tmain.lua:@: attempt to call a value that is not a function
print(xpcall(function(a, b) return a + b end, print, 1, 2)) --> true\t3
print(xpcall(function() error("m", 0) end, function(m) return "handled " .. m end)) --> false\thandled m
print(assert(1, "unused"))         --> 1\tunused
print(pcall(assert, false, "why")) --> false\twhy
print((pcall(assert, nil)))        --> false
---
local t = setmetatable({}, {__metatable = "locked"})
print(getmetatable(t))             --> locked
print(pcall(setmetatable, t, {}))  --> false\tmain.lua:@: cannot change a protected metatable
print(pcall(function() setmetatable("s", {}) end)) --> false\tmain.lua:@: bad argument #1 to setmetatable (table expected, got string)
---
print(load("return 1 + 1")())      --> 2
print(type(load(function() return nil end))) --> function
---
local f, why = load("x = = 1")
print(f, why)                      --> nil\tload:1:5: unexpected symbol near '='
print(load("\27Lua"))              --> nil\tload: this is compiled Lua; only source text can be run
local env = {y = 5}
print(load("return y", "chunk", "t", env)()) --> 5
print(loadstring("return ...")(7)) --> 7
local parts = {"return ", "4", "2"}
local i = 0
print(load(function() i = i + 1; return parts[i] end)()) --> 42
local g = load("error('inside')", "=mychunk")
print(pcall(g))                    --> false\tmychunk:1: inside
---
print(getfenv(1) == _G, getfenv(print) == _G) --> true\ttrue
local function f() return z end
setfenv(f, {z = 9})
print(f())                         --> 9
---
print(inspect({1, 2, {x = "a\nb", ["two words"] = true, [10] = false}})) --> {1, 2, {[10] = false, ["two words"] = true, x = "a\nb"}}
print(inspect(nil), inspect("q\"q"), inspect({}), inspect(1.5)) --> nil\t"q\"q"\t{}\t1.5
local loop = {}
loop.self = loop
print(inspect(loop))               --> {self = <circular>}
print(inspect({string.rep("x", 60), string.rep("y", 20)})) --> {
print("")                          -->   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                                   -->   "yyyyyyyyyyyyyyyyyyyy",
                                   --> }
                                   -->
---
goto done
print("skipped")
::done::
print("done")                      --> done
---
local t = {}
t[20261122] = "a date as a key"
print(t[20261122], #t)             --> a date as a key\t0
---
print(math.huge, -math.huge, math.pi > 3.14) --> inf\t-inf\ttrue
print(math.max(1, 5, 3), math.min(4, 2), math.floor(-1.5), math.ceil(1.2)) --> 5\t2\t-2\t2
print(math.modf(3.7), math.fmod(7, 3), math.log(8, 2), math.log(1)) --> 3\t1\t3\t0
for _ = 1, 100 do
  local r = math.random(3, 5)
  assert(r >= 3 and r <= 5 and r == math.floor(r))
  assert(math.random() < 1)
end
print(pcall(function() math.random(0) end)) --> false\tmain.lua:@: bad argument #1 to random (interval is empty or too large)
math.randomseed(7)
local first = math.random(1000000)
math.randomseed(7)
print(first == math.random(1000000)) --> true
---
print(os.date("%Y-%m-%d %H:%M:%S")) --> 2026-11-22 14:05:09
print(os.date("!%c", 0))           --> Thu Jan  1 00:00:00 1970
print(os.date("%j %U %W %V %u %w %p %I %%", os.time())) --> 326 47 46 47 7 0 PM 02 %
print(os.time(), os.time{year = 2026, month = 1, day = 31, hour = 0}) --> 1795356309\t1769817600
print(os.date("*t").yday, os.date("*t").wday, os.difftime(10, 4)) --> 326\t1\t6
print(pcall(os.time, {year = 2026})) --> false\tmain.lua:@: field 'month' missing in date table
print(pcall(function() os.date(("%c"):rep(1e5)) end)) --> false\tmain.lua:@: bad argument #1 to date (a format may have 64 KB)
print(pcall(function() os.date("%Q") end)) --> false\tmain.lua:@: bad argument #1 to date (invalid conversion specifier in '%Q')
print(os.clock() >= 0)             --> true
