local t = {3, 1, 2}
table.sort(t)
print(table.concat(t, ","), table.concat(t, "-", 2), table.concat({}, ",") == "") --> 1,2,3\t2-3\ttrue
table.sort(t, function(a, b) return a > b end)
print(unpack(t))                   --> 3\t2\t1
table.insert(t, 9)
table.insert(t, 1, 8)
print(table.concat(t, " "), table.remove(t), table.remove(t, 1), #t) --> 8 3 2 1 9\t9\t8\t3
print(table.remove({}), table.remove({}, 5), pcall(table.insert, t, 9, 1) == false) --> nil\tnil\ttrue
print(table.pack(1, nil, 3).n, table.unpack({1, 2}), table.getn({1, 2}), table.maxn({1, [10] = 2})) --> 3\t1\t2\t10
print((select(2, pcall(function() table.concat({1, {}, 3}) end)))) --> main.lua:@: invalid value (table) at index 2 in table for 'concat'
print((select(2, pcall(table.sort, {1, "x"})))) --> main.lua:@: attempt to compare string with number
---
local keys = {}
for k, v in pairs({10, 20, x = 1}) do keys[#keys + 1] = tostring(k) .. "=" .. v end
print(table.concat(keys, " "))     --> 1=10 2=20 x=1
for i, v in ipairs({"a", "b", nil, "d"}) do print(i, v) end --> 1\ta
                                   --> 2\tb
---
-- A comparison that waits for the host.
local list = {5, 3, 9, 1}
table.sort(list, function(a, b) host.sleep(0) return host.echo(a) < host.echo(b) end)
print(unpack(list))                --> 1\t3\t5\t9
---
local co = coroutine.create(function(a, b)
  print("start", a, b)             --> start\t1\t2
  local c = coroutine.yield(a + b) --> true\t3
  print("got", c)                  --> got\tx
  local d, e = coroutine.yield()
  return d, e, "done"
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co), coroutine.resume(co, "x")) --> suspended\ttrue
print(coroutine.resume(co, 4, 5))  --> true\t4\t5\tdone
print(coroutine.status(co), coroutine.resume(co)) --> dead\tfalse\tcannot resume dead coroutine
---
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local sum = 0
for i in gen(10) do sum = sum + host.echo(i) end
print(sum)                         --> 55
local w = coroutine.wrap(function() error("broken", 0) end)
print(pcall(w))                    --> false\tbroken
print(pcall(w))                    --> false\tcannot resume dead coroutine
local w2 = coroutine.wrap(function() error({code = 5}) end)
print(select(2, pcall(w2)).code)   --> 5
print(coroutine.running(), coroutine.isyieldable()) --> nil\tfalse
---
local function why(f) local _, e = coroutine.resume(coroutine.create(f)) return (tostring(e):gsub("^.-: ", "")) end
print(why(function() pcall(coroutine.yield); error("went on", 0) end)) --> attempt to yield across pcall; yield outside of the function that pcall calls, or put pcall around the resume
print(why(function() local _, e = pcall(function() coroutine.yield() end); error(e, 0) end)) --> attempt to yield across pcall; yield outside of the function that pcall calls, or put pcall around the resume
print(why(function() return setmetatable({}, {__index = function() coroutine.yield() end}).x end)) --> attempt to yield across a metamethod
print(why(function() for x in function() coroutine.yield() end do end end)) --> attempt to yield across the iterator of a for loop
print(why(function() table.sort({2, 1}, function() coroutine.yield() end) end)) --> attempt to yield across a call from Go, such as table.sort or string.gsub
print(select(2, pcall(coroutine.yield))) --> main.lua:@: attempt to yield from outside a coroutine
---
local self
self = coroutine.create(function() return coroutine.resume(self) end)
print(coroutine.resume(self))      --> true\tfalse\tcannot resume non-suspended coroutine
local outer, inner
outer = coroutine.create(function()
  inner = coroutine.create(function() return coroutine.status(outer), coroutine.resume(outer) end)
  return coroutine.resume(inner)
end)
print(coroutine.resume(outer))     --> true\ttrue\tnormal\tfalse\tcannot resume non-suspended coroutine
---
-- Variables stay shared with a coroutine that catches errors.
local n = 0
local co = coroutine.wrap(function()
  local own = 0
  local function bump() own = own + 1; n = n + 1 end
  for _ = 1, 3 do
    pcall(function() bump(); error("x") end)
    bump()
    coroutine.yield(own)
  end
end)
print(co(), co(), co(), n)         --> 2\t4\t6\t6
