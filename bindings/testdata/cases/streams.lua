-- What each answers has methods of its own. (tier: user)
local function people() return crisp.people.each{ limit = 5 } end
local function join(list, n) return table.concat(list, ",", 1, n or #list) end
local function nickname(p) return p.person.nickname end
local function id(p) return p.people_id end
local names = map(people():to_array(), nickname)
print(#names, join(names) == join(people():map(nickname):to_array()))
print(#people():take(2):to_array(), #people():take(9):to_array(), #people():take(0):to_array())
local ids = people():map(id):to_array()
print(people():filter(function(p) return id(p) ~= ids[1] end):to_array()[1].people_id == ids[2])
print(join(people():filter(function() return true end):map(id):take(3):to_array()) == join(ids, 3))
local stream = people()
local first = stream:next()
local rest = 0
for p in stream:map(id) do if p ~= first.people_id then rest = rest + 1 end end
print(rest, stream:next() == nil)
people():for_each(function(p, i) if names[i] ~= nickname(p) then print("another order") end end)
-- Functions may make calls.
print(join(people():take(2):map(function(p) return crisp.people.get(p.people_id).people_id end):to_array()) == join(ids, 2))
for _, wrong in ipairs{
  function(s) s:map() end, function(s) s:filter(3) end, function(s) s:take(-1) end, function(s) return #s end, function(s) return s[1] end,
  function(s) return s:find(print) end,
} do
  print(pcall(wrong, people()) and "no error" or "refused")
end
local _, e = pcall(function() people():map(function() error("no", 0) end):to_array() end)
print(e)
