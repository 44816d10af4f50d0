-- The state of a conversation and who deals with it.
local id = crisp.conversations.list{ not_resolved = true, limit = 1 }[1].session_id
local conversations = crisp.conversations
print(conversations.state.get(id).state ~= "resolved")
conversations.state.update(id, "pending")
print(conversations.state.get(id).state)
conversations.state.update(id, { state = "unresolved", origin = "chat" })
print(conversations.state.get(id).state)
conversations.resolve(id)
print(conversations.state.get(id).state)
local newest = conversations.messages.list(id, { limit = 1 })[1]
print(newest.type, newest.content.namespace)
conversations.unresolve(id)
print(conversations.state.get(id).state)

local operators = crisp.websites.operators.list()
local first, second = operators[1].details.user_id, operators[2].details.user_id
conversations.assign(id, first)
print(conversations.routing.get(id).assigned.user_id == first)
conversations.routing.assign(id, { assigned = { user_id = second }, silent = true })
print(conversations.routing.get(id).assigned.user_id == second)
conversations.assign(id)
print(conversations.routing.get(id).assigned == nil)

local inbox = conversations.list{ limit = "all" }
local other
for _, conversation in ipairs(inbox) do other = other or conversation.inbox_id end
conversations.inbox.update(id, { inbox_id = other })
print(conversations.get(id).inbox_id == other)
conversations.inbox.update(id, { inbox_id = json.null })
print(conversations.get(id).inbox_id == nil)

print(conversations.block.get(id).blocked)
conversations.block.update(id, true)
print(conversations.block.get(id).blocked, conversations.get(id).is_blocked)
local before = #conversations.messages.list(id, { limit = "all" })
conversations.messages.send(id, { from = "user", content = "let me in" })
print("dropped", #conversations.messages.list(id, { limit = "all" }) == before)
conversations.block.update(id, { blocked = false })
print(conversations.block.get(id).blocked)

conversations.participants.save(id, { participants = { { type = "email", target = "boss@acme.example" } } })
local participants = conversations.participants.get(id).participants
print(#participants, participants[1].type, participants[1].target)
conversations.participants.save(id, { participants = {} })
print(#conversations.participants.get(id).participants)
conversations.open.update(id, { opened = true })
