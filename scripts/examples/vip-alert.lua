--- Alerts the team's chat when a VIP writes, at most every half hour per conversation.
-- ALERT_URL is an incoming webhook of the chat, such as those of Slack and Mattermost. Name its host in the permissions.
-- @on message:send where from == "user"
-- @key session_id
-- @timeout 1m
-- @retries 3 exponential 10s
-- @env ALERT_URL
-- @permissions conversations:read store fetch:chat.example.com

local conversation = crisp.conversations.get(event.session_id)
local key = "alerted:" .. event.session_id
local vip = false
for _, segment in ipairs(conversation.meta.segments or {}) do
  vip = vip or segment == "vip"
end

if not vip then
  print("no VIP")
elseif store.get(key) then
  print("alerted already")
else
  local text = ("%s (VIP) writes: %s"):format(conversation.meta.nickname, event.type == "text" and event.content or event.type)
  if not conversation.assigned then text = text .. "\nNobody is assigned." end
  local answer = fetch(env.get("ALERT_URL"), {
    method = "POST",
    headers = { ["Content-Type"] = "application/json" },
    body = json.encode({ text = text }),
  })
  if not answer.ok then error("the chat answers " .. answer.status, 0) end -- the run is tried again
  store.set(key, true, { expires_in = "30m" })
  print("alerted")
end
