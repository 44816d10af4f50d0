-- Assignments to several variables at once, and tables that end in a name.
local a, b = 1, 2
a, b = b, a
print(a, b)
local x, y, z = 1, 2, 3
x, y, z = z, x, y
print(x, y, z)
local function fib(n)
  local p, q = 0, 1
  for _ = 1, n do
    p, q = q, p + q
  end
  return p
end
print(fib(10), fib(50))
local function gcd(m, n)
  while n ~= 0 do
    m, n = n, m % n
  end
  return m
end
print(gcd(48, 18))
local function swap(p, q)
  local function inner()
    p, q = q, p
    a, p = p, a
  end
  inner()
  return p, q, a
end
print(swap("p", "q"))
local t, i = { 1, 2 }, 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])
t[1], t[2] = t[2], t[1]
print(t[1], t[2])
local old = t
t, t.x = {}, 5
print(t.x, old.x)
local n = { name = "n" }
n, n.name, i = n.name, i, n
print(n, type(i), i.name)
a, b = 1
print(a, b)
a, b = b, a, print("extra")
print(a, b)
local function two()
  return 7, 8
end
a, b, i = b, two()
print(a, b, i)
a, b = two(), a
print(a, b)
g, a = a, g
print(g, a)
print(#{ two(), k = two() }, #{ 1, k = two() }, #{ two(), two(), k = two() }, #{ k = two(), two() }, ({ 1, k = two() }).k)
local function rest(...)
  return #{ 1, 2, k = ... }, #{ k = 1, ... }
end
print(rest(5, 6, 7))
print(pcall(function()
  local u
  a, u.x = 1, 2
end) == false, a)
