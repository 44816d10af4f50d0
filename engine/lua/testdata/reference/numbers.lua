-- How numbers become text, in every way that a script can ask for it.
print(1234567.5, 123456789.12, "total: " .. 1234567.5 .. " x " .. 3, 1796037615394 / 1000)
print(2 ^ 53, 1e14, 1e15, 123456789012345, 12345678901234, 99999999999999, 99999999999999.9, 999999999999999)
print(0.1 + 0.2, 1 / 3, 0.1, 100, 1e5, 1e-4, 1e-5, 1e100, 5e-324, 1.7976931348623157e308)
print(0 / 0, -(0 / 0), 1 / 0, -1 / 0, math.huge - math.huge)
print(tostring(1234567.5), tostring(2 ^ 53), tostring(-1e15), #tostring(1e15))
print(string.format("%s|%5.3s|%d|%q|%10s|%.14g|%g", 1234567.5, 1.5, 3.99, 1234567.5, 1e15, 0.1, 1e15))
print(table.concat({ 1234567.5, 2 ^ 53, 1, "x" }, ","), table.concat({ "a", "b" }, 1234567.5))
print(string.len(1234567.5), string.rep(1234567.5, 2), string.upper(1e15), string.reverse(1234567.5), string.sub(1234567.5, -3))
print(string.byte(1234567.5, -1), string.find(1234567.5, 5, 1, true), string.match(1234567.5, "%d+%.%d"))
print((string.gsub("a", "a", 1234567.5)), (string.gsub("a", "a", { a = 1234567.5 })), (string.gsub("a", "a", function() return 2 ^ 53 end)))
print((string.gsub(1234567.5, 5, "five")), tonumber("1234567.5") .. "", "10" + 1234567.5, "0x10" * 1)
print(pcall(error, 1234567.5))
print(pcall(error, "x" .. 2 ^ 53, 0))

local mt = {
  __concat = function(a, b)
    return (type(a) == "table" and "T" or type(a)) .. "|" .. (type(b) == "table" and "T" or type(b))
  end,
}
local t = setmetatable({}, mt)
print(1234567.5 .. t, t .. 1.5, 1.5 .. 2.5 .. t .. 1234567.5, "a" .. t .. 1234567.5 .. 2, t .. t)
local number = setmetatable({}, { __concat = function() return 1234567.5 end })
print("x" .. (number .. 1), "x" .. number, 0.5 .. ("x" .. number) .. 0.5)
local deep = setmetatable({}, {
  __concat = function(a, b)
    local function call(n)
      return n == 0 and 0.5 or 1 + call(n - 1)
    end
    return call(190) .. type(b)
  end,
})
print(1.5 .. deep .. 2.5, 1.5 .. deep)
local text = setmetatable({}, { __tostring = function() return "<" .. 1234567.5 .. ">" end })
print(tostring(text), text)

local s = ""
for i = 1, 9 do
  s = s .. i / 4 .. ";" .. i * 1e14 .. ";"
end
print(s)

-- A sweep over magnitudes and digits.
local seed = 42
local function random()
  seed = (seed * 16807) % 2147483647
  return seed
end
for exponent = -20, 25 do
  local line = {}
  for i = 1, 12 do
    local x = random() * 10 ^ (exponent - 9)
    if i % 3 == 0 then x = math.floor(x) end
    if i % 4 == 0 then x = -x end
    if x == 0 then x = 0 end
    line[i] = x .. "" == tostring(x) and x or "differs"
  end
  print(unpack(line))
end
