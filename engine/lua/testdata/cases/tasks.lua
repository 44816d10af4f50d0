print(parallel())                  -->
print(parallel(function() return 1, 2 end, function() end, function() return host.echo("x") end)) --> 1\tnil\tx
print(#map({}, print), #map({1, 2, 3}, function() end)) --> 0\t0
print(inspect(map({"a", "b"}, function(s, i) return s .. i end))) --> {"a1", "b2"}
print(inspect(map(host.count(4), function(x) return x.n * x.n end, 2))) --> {1, 4, 9, 16}
print(inspect(map(host.json('[3,null,5]'), function(x) return x end))) --> {3, null, 5}
print(host.show(map({}, print)))   --> []interface {}{[]interface {}{}}
---
-- All tasks end before the first error is raised.
local ended = 0
print(pcall(parallel,
  function() host.sleep(1); ended = ended + 1; error("one", 0) end,
  function() ended = ended + 1; error("two", 0) end,
  function() host.sleep(2); ended = ended + 1 end)) --> false\tone
print(ended)                       --> 3
local started = 0
print(pcall(map, {1, 2, 3, 4, 5}, function(x) started = started + 1; error("at " .. x, 0) end, 1)) --> false\tat 1
print(started)                     --> 1
local ok, e = pcall(parallel, host.refuse)
print(ok, e.status, e.name)        --> false\t403\tCrispError
---
-- Variables are shared by the tasks, and stay so after errors in them.
local n = 0
local function bump() n = n + 1 end
parallel(
  function() for _ = 1, 10 do pcall(function() bump(); host.sleep(0); error("x") end); bump() end end,
  function() for _ = 1, 10 do bump(); host.echo(1) end end)
print(n)                           --> 30
---
-- A coroutine belongs to who resumes it, one at a time.
local tried
local co = coroutine.create(function() while not tried do host.sleep(0) end return "first" end)
print(parallel(
  function() return select(2, coroutine.resume(co)) end,
  function() tried = true; return select(2, coroutine.resume(co)) end)) --> first\tcannot resume non-suspended coroutine
---
print(pcall(map, 5, print))        --> false\tmain.lua:@: bad argument #1 to (anonymous) (a list or an iterator function expected, got number)
---
map({1, 2}, function(x)
  host.sleep(x)
  if x == 2 then error("in a task") end --!:18 in a task
end)
---
local t = setmetatable({}, {__call = function(self) return "called" end})
print(parallel(t))                 --> called
---
-- A task is no coroutine.
print(select(2, pcall(parallel, coroutine.yield))) --> attempt to yield from outside a coroutine
