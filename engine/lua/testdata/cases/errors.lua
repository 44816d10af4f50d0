local conv = {}
print(conv.meta.email)             --! attempt to index a nil value (field 'meta')
---
local meta
  local email = meta.email         --!:22 attempt to index a nil value (local 'meta')
---
undefined_thing.x = 1              --!:17 attempt to index a nil value (global 'undefined_thing')
---
local up
local function f() return up.x end --!:30 attempt to index a nil value (upvalue 'up')
f()
---
local t = {}
t.list.each()                      --!:8 attempt to index a nil value (field 'list')
---
local t = {}
  t.go(1)                          --!:3 attempt to call a nil value (field 'go')
---
frobnicate(1)                      --!:1 attempt to call a nil value (global 'frobnicate')
---
local s = "x"
s:nope()                           --!:1 attempt to call a nil value (method 'nope')
---
local a, b = 1
local c = a + b                    --!:13 attempt to perform arithmetic on a nil value (local 'b')
---
local t = {}
local n = t.count * 2              --!:19 attempt to perform arithmetic on a nil value (field 'count')
---
local t = {}
local s = "a" .. "b" .. t.name     --!:15 attempt to concatenate a nil value (field 'name')
---
local x = "a" .. {}                --! attempt to concatenate a table value
---
local x = -{}                      --! attempt to perform arithmetic on a table value
---
local n
print(#n)                          --!:7 attempt to get length of a nil value (local 'n')
---
print(1 < "2")                     --! attempt to compare number with string
---
print({} < {})                     --! attempt to compare two table values
---
for i = "a", 2 do end              --!:1 'for' initial value must be a number
---
for k, v in {1, 2} do end          --!:1 attempt to call a table value; write 'in pairs(t)'
---
error("plain message")             --!:1 plain message
---
local function check(x)
  if not x then error("blame the caller", 2) end
end
  check(true) check(false)         --!:15 blame the caller
---
error({message = "from a table", name = "MyError"}) --! MyError: from a table
---
error({1, 2})                      --! {1, 2}
---
error(setmetatable({}, {__tostring = function() return "as text" end})) --! as text
---
error()                            --! nil
---
host.refuse()                      --!:1 CrispError: not allowed
---
local ok, e = pcall(host.refuse) --! CrispError: not allowed
print(ok, e, e.name, e.message, e.hint, e.status) --> false\tCrispError: not allowed\tCrispError\tnot allowed\task somebody\t403
print("failed: " .. e .. "!")      --> failed: CrispError: not allowed!
print(getmetatable(e))             --> error
local ok2, e2 = pcall(error, e)
print(rawequal(e, e2))             --> true
error(e)                           -- the place of the failed call is kept
---
local ok, e = pcall(host.fail)
print(e, e.name, e.status)         --> host: file does not exist\tError\tnil
host.crash()                       --!:1 host.crash: failed inside the host
---
local function r() return 1 + r() end
print(pcall(r))                    --> false\tstack overflow: calls are nested more than 6400 deep
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
print(deep(6000))                  --> 6000
---
local t = setmetatable({}, {__index = function(t, k) return t[k .. "x"] end})
local ok, e = pcall(function() return t.a end)
print(ok, (e:gsub("^.*: ", "")))   --> false\tcalls are nested more than 6400 deep
---
print(pcall(string.rep, "x", 1e10)) --> false\tmain.lua:@: resulting string too large: a string may have 256 MB
print(#string.rep("ab", 3, ","), #table.concat({1, 2}, ",")) --> 8\t3
print(pcall(unpack, {}, 1, 1e8))   --> false\tmain.lua:@: too many results: a call may answer 131072 values
local big = {}
for i = 1, 100000 do big[i] = i end
print(#table.concat(big, ","))     --> 588894
print(select("#", unpack(big)))    --> 100000
---
print(parallel("x"))               --! bad argument #1 to parallel (function expected, got string)
---
map({1}, print, 0)                 --! bad argument #3 to map (the limit must be 1 to 1000)
---
host.show(print)                   --! TypeError: host.show: argument 1 is a function, which has no JSON form
---
host.show(1, {content = {1, 2, {x = coroutine.create(print)}}}) --! host.show: argument 2.content[3].x is a thread, which has no JSON form
---
local t = {}
t["two words"] = {t}
host.show(t)                       --! host.show: argument 1["two words"][1] contains itself
---
host.show({x = 0/0})               --! argument 1.x is not a number
---
host.show(1/0)                     --! argument 1 is infinite
---
host.show({1, 2, a = 3})           --! argument 1 has both names and positions
---
host.show({[1] = 1, [3] = 3})      --! argument 1 has number keys that are not 1 to n
---
host.show({[0] = 1})               --! argument 1 has number keys that are not 1 to n
---
host.show({[{}] = 1})              --! argument 1 has a table as a key
---
host:show(1)                       --! argument 1 is a module; call its functions with a dot
---
local t = {}
for i = 1, 600 do t = {t} end
host.show(t)                       --! is nested more than 500 levels deep
---
local co = coroutine.wrap(function() local x; return x.y end) --! attempt to index a nil value
co()
---
parallel(function() host.sleep(1) end, function()
  host.refuse()                    --!:3 CrispError: not allowed
end)
---
map({1}, function()
  local x
  x.y = 1                          --!:5 attempt to index a nil value (local 'x')
end)
---
local t = {a = {b = {}}} local x = t.a.b.c.d --!:44 attempt to index a nil value (field 'c')
---
-- A message that only looks as if it had a position.
error("http://host:80: refused", 0) --! http://host:80: refused
---
-- Names are right after other blocks, loops and variables, too.
do local a, b, c = 1, 2, 3 for i = 1, 2 do local d = i end end
local function f(x) for k, v in pairs({1}) do local w = v end return x.name end --! attempt to index a nil value (local 'x')
f()
---
do local a, b = 1, 2 for i = 1, 10 do local c = i end end
local t = {}
print(t.missing(1))                --!:7 attempt to call a nil value (field 'missing')
---
local a = {} local prefix = "x" local name
print(prefix .. "-" .. name .. "-") --!:14 attempt to concatenate a nil value (local 'name')
---
local function total(a, b) return a.n + b.n end --!:39 attempt to perform arithmetic on a nil value (field 'n')
print(total({n = 1}, {}))
                                   -- the field of the second argument
---
local list = {1, 2}
local item = list[3]
print(item.name)                   --!:12 attempt to index a nil value (local 'item')
---
local list = {}
print(list[1].name)                --!:15 attempt to index a nil value (item 1 of a list)
---
local list, i = {}, 1
print(list[i].name)                --!:15 attempt to index a nil value (an item of a table)
---
local s = ("x"):match("y").z       --!:28 attempt to index a nil value (result of 'match')
---
local t = {}
t["a b"].c = 1                     --!:10 attempt to index a nil value (field 'a b')
---
local n
n[1] = 2                           --!:2 attempt to index a nil value (local 'n')
