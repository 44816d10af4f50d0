-- Loops that give an iterator without its state or its first value, beside registers that were used.
local t = { a = 1, b = 2, n = 5 }
local function it(state, first)
  print("it", type(state), type(first) == "table" or first)
end
local function count(x)
  local n = 0
  if x .. "a" .. "b" ~= "q" and t then
    for _ in next, t do
      n = n + 1
    end
  end
  return n
end
print(count(5), t.a + (t.b * (t.n * (t.n + 1))))
for k, v in next, { x = 1 } do
  print(k, v)
end
for k in next, { x = 1 } do
  print(k)
end
local function two()
  return { y = 2 }, nil, 3
end
for k in next, two() do
  print(k)
end
for k, v in next, (two()) do
  print(k, v)
end
local function many(...)
  for k in next, ... do
    print(k)
  end
  for k, v in next, (...) do
    print(k, v)
  end
end
many({ z = 3 })
local function all(...)
  for k in ... do
    print(k)
  end
end
all(next, { w = 4 })
for a in it do
end
for a in it, { t.a + t.b } do
end
for a, b, c, d in it, { t.a + t.b } do
end
for a in it, 1, two() do
end
for a in it, 1, 2, 3, two() do
end
for a in
  (function()
    return it, 1, 2
  end)()
do
end
