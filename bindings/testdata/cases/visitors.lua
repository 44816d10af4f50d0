-- Who is on the website now. (tier: user)
local visitors = crisp.visitors
local count = visitors.count()
local list = visitors.list()
print(count.count == #list, count.active <= count.count, count.limited)
local streamed = 0
for visitor in visitors.each{ limit = 3 } do
  streamed = streamed + 1
  if visitor.session_id ~= list[streamed].session_id then print("another order") end
end
print(streamed)
local points = visitors.map()
print(#points > 0, type(points[1].geolocation.country), #visitors.map{ center_longitude = 0, latitude = 0, radius = 1 })
local session = list[1].session_id
print(visitors.tokens.get((session:gsub("^session_", ""))).session_id == session)

local blocked = visitors.blocked.list()
local rule = type(blocked.rule) == "table" and blocked.rule[1] or blocked.rule
print(blocked.blocked > 0, visitors.blocked.get(rule) > 0)
visitors.blocked.delete(rule)
print(visitors.blocked.get(rule))
