-- What is known of a conversation: meta, segments, pages, events, files, relations, spam. (tier: user)
local conversation = crisp.conversations.list{ limit = 1 }[1]
local id, conversations = conversation.session_id, crisp.conversations
print(conversations.meta.get(id).nickname == conversation.meta.nickname)
conversations.meta.update(id, { nickname = "Ada", segments = { "press", "vip" }, data = { plan = "pro", seats = 12, trial = false } })
local meta = conversations.meta.get(id)
print(meta.nickname, table.concat(meta.segments, " "), meta.data.plan, meta.data.seats, meta.data.trial, meta.email == conversation.meta.email)
conversations.meta.update(id, { segments = { "press" } })
print(table.concat(conversations.meta.get(id).segments, " "))

-- total counts a list and the same list as a stream.
local function total(noun, ...)
  local count = 0
  for _ in noun.each(...) do count = count + 1 end
  return count == #noun.list(...) or ("each " .. count .. ", list " .. #noun.list(...))
end
print(total(conversations.pages, id), total(conversations.events, id), total(conversations.files, id))
print(total(conversations.segments), total(conversations.keys), total(conversations.spams))
local function has(noun, field, name)
  for item in noun.each() do
    if item[field] == name then return true end
  end
  return false
end
print(has(conversations.segments, "segment", "press"), has(conversations.keys, "key", "plan"))
conversations.segments.delete{ segment = "press" }
conversations.keys.delete("plan")
print(has(conversations.segments, "segment", "press"), has(conversations.keys, "key", "plan"))
print(type(conversations.relations.get(id).conversations))

local spams = conversations.spams.list()
print(#spams > 1, conversations.spams.get(spams[1].spam_id).spam_id == spams[1].spam_id)
conversations.spams.decide(spams[1].spam_id, "accept")
conversations.spams.decide(spams[2].spam_id, { action = "reject" })
print(#conversations.spams.list() == #spams - 2)
