local conversation = crisp.conversations.list({ limit = 1 })[1]
local id = conversation.session_id

-- A loop hears what happens after it was made, and not only after it has begun.
local events = crisp.events.each({ "message:send", "message:received", "session:set_state" }, { where = 'session_id != null' })
crisp.conversations.messages.send(id, "Hello from the team")
crisp.conversations.messages.send(id, { content = "Hello from a visitor", from = "user" })
crisp.conversations.resolve(id)
for e in events do
  print(e.event, e.session_id == id, e.content or e.state)
  if e.state == "resolved" then break end
end

local visitors = crisp.events.each("message:send", { where = 'from == "user" and content contains "visitor"' })
crisp.conversations.messages.send(id, { content = "Nothing of interest", from = "user" })
crisp.conversations.messages.send(id, { content = "A visitor again", from = "user" })
print(visitors:next().content)

-- Nothing comes in the time.
for e in crisp.events.each("campaign:dispatched", { timeout = 20 }) do print(e) end
print(crisp.events.wait("campaign:dispatched", { timeout = "20ms" }))

for _, call in ipairs({
  function() crisp.events.each("message:sent") end,
  function() crisp.events.each({ "message:send", 7 }) end,
  function() crisp.events.each("message:send", { were = "x" }) end,
  function() crisp.events.each("message:send", { where = 'form == "user"' }) end,
  function() crisp.events.each("message:send", { timeout = -1 }) end,
  function() crisp.events.wait() end,
}) do
  local _, err = pcall(call)
  print(err.message, err.hint or "-")
end
