--- Answers the first message that a visitor writes out of hours, once a night.
-- @on message:send where from == "user"
-- @key session_id
-- @timeout 1m
-- @permissions conversations:write store

-- When the team is there, from Monday on, in the zone of the office. Put your hours here.
local zone = "Europe/Paris"
local open = { { 9, 18 }, { 9, 18 }, { 9, 18 }, { 9, 18 }, { 9, 17 } }

local weekday = tonumber(time.format(event.timestamp, "%u", { zone = zone }))
local hour = tonumber(time.format(event.timestamp, "%H", { zone = zone }))
local hours = open[weekday]

if hours and hour >= hours[1] and hour < hours[2] then
  print("the team is there")
elseif store.get("answered:" .. event.session_id) then
  print("answered already")
else
  crisp.conversations.messages.send(event.session_id, {
    content = "Thank you for your message! We are back at nine and answer then.",
    user = { nickname = "Out of hours" },
    automated = true,
  })
  store.set("answered:" .. event.session_id, true, { expires_in = "12h" })
  print("answered")
end
