-- Verification, transcripts, reminders, browsing, calls, widgets. (tier: user)
local conversations = crisp.conversations
local id = conversations.list{ limit = 1 }[1].session_id
conversations.verify.update(id, true)
print(conversations.verify.get(id).verified)
conversations.verify.update(id, { verified = false })
print(conversations.verify.get(id).verified)
conversations.verify.request(id, { identity = "email", method = "link", recipient = "ada@acme.example" })
conversations.verify.redeem(id, { identity = "email", token = "123456", recipient = "ada@acme.example" })
print(conversations.verify.get(id).verified)

conversations.transcript.request(id, { to = "operator", email = "ada@acme.example" })
conversations.transcript.request(id, "user")
conversations.reminders.create(id, { date = "2026-03-09", note = "Call back" })
conversations.reminders.create(id, { date = time.now() + 3600000, note = "Call back again" })

-- These need the visitor to be online.
local live
for visitor in crisp.visitors.each() do
  if visitor.initiated and conversations.exists(visitor.session_id) then live = live or visitor.session_id end
end
conversations.initiate(live)
conversations.purge.request(live)
conversations.feedback.request(live)
conversations.browsing.create(live)
local browsing = conversations.browsing.list(live)[1].browsing_id
conversations.browsing.update(live, browsing, "start")
conversations.browsing.assist(live, browsing, { action = "mouse", mouse = { x = 10, y = 20.5 } })

local call = conversations.call.create(live, { mode = "audio" })
print(conversations.call.get(live).call_id == call.call_id)
conversations.call.signal(live, call.call_id, { type = "candidate", payload = { sdpMid = "0" } })
conversations.call.delete(live, call.call_id)

local plugin = "185b3ab9-d8a7-4ee9-9a7b-6a5b0d1a5e0a"
print(type(conversations.widgets.button(id, plugin, { section_id = "main", item_id = "refund", data = json.object() }).correlation_id))
print(type(conversations.widgets.data(id, plugin, { action = "edit", section_id = "main", item_id = "plan", value = "pro" }).correlation_id))

-- A message that came by email can be had as it came.
for conversation in conversations.each() do
  for _, message in ipairs(conversations.messages.list(conversation.session_id)) do
    if message.original then
      local original = conversations.originals.get(conversation.session_id, message.original.original_id)
      print(original.original_id == message.original.original_id, type(original.content))
      goto found
    end
  end
end
::found::

conversations.report.create(id, "spam")
print("reported", #conversations.search("zebra"))
