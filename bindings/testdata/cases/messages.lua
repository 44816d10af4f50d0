-- All kinds of messages are sent, read back, changed and removed.
local id = crisp.conversations.create().session_id
local messages = crisp.conversations.messages
messages.send(id, { from = "user", content = "Hello from a visitor", fingerprint = 1001, timestamp = time.ago("2h") })
messages.send(id, "Hello from the team")
messages.send(id, { type = "note", content = "Knows us from the fair", fingerprint = 1002, mentions = json.array() })
messages.send(id, { type = "file", content = { name = "a.pdf", url = "https://files.example/a.pdf", type = "application/pdf" } })
messages.send(id, { type = "animation", content = { url = "https://files.example/a.gif", type = "image/gif" } })
messages.send(id, { type = "audio", content = { url = "https://files.example/a.mp3", type = "audio/mpeg", duration = 12 } })
messages.send(id, { type = "picker", content = {
  id = "colour", text = "Which colour?", choices = { { value = "r", label = "Red", selected = false }, { value = "g", label = "Green", selected = true } },
} })
messages.send(id, { type = "field", content = { id = "email", text = "Your email?", explain = "you@example.org" } })
messages.send(id, { type = "carousel", content = { text = "Plans", targets = { { title = "Pro", description = "For teams", actions = { { label = "See", url = "https://shop.example" } } } } } })
messages.send(id, { type = "event", content = { namespace = "state:resolved" }, from = "operator", stealth = true })
messages.send(id, {
  content = "Bonjour", translated = true, automated = true, properties = { source = "bot", score = 3, sure = true },
  user = { nickname = "Robot", avatar = "https://files.example/robot.png" }, fingerprint = 1003,
})

local types = {}
for i, message in ipairs(messages.list(id)) do types[i] = message.type end
print(table.concat(types, " "))
local count, last = 0, math.huge
for message in messages.each(id) do
  count = count + 1
  if message.timestamp > last then print("not newest first") end
  last = message.timestamp
end
print(count, #messages.list(id, { limit = 2 }), #messages.list(id, { before = time.ago("1h") }), #messages.list(id, { after = time.ago("1h"), limit = "all" }))

local robot = messages.get(id, 1003)
print(robot.content, robot.from, robot.user.nickname, robot.automated, robot.translated, robot.properties.score)
print(messages.get(id, 1002).type, messages.get(id, 1001).timestamp == time.ago("2h"))

messages.update(id, 1003, "Bonsoir")
print(messages.get(id, 1003).content, messages.get(id, 1003).edited)
messages.delete(id, 1003)
print(select(2, pcall(messages.get, id, 1003)).status)

crisp.conversations.read.mark(id)
crisp.conversations.read.mark(id, { from = "user", origin = "chat", fingerprints = { 1001 } })
print("unread", crisp.conversations.get(id).unread.operator)
crisp.conversations.unread.mark(id)
print("unread", crisp.conversations.get(id).unread.operator > 0)
crisp.conversations.delivered.mark(id, { fingerprints = { 1002 } })
crisp.conversations.compose.update(id, { type = "start", from = "operator", excerpt = "I am wri" })
local composing = crisp.conversations.get(id).compose.operator
print("composing", composing.type, composing.excerpt)
