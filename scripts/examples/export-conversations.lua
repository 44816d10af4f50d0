--- Writes conversations with their messages to a JSON Lines file, one conversation a line.
--   crisphost run export-conversations.lua -- export.jsonl 2026-01-01
-- The file is there in full or not at all.
-- @timeout 1h
-- @permissions conversations:read files:write

local file = args[1] or error("which file? crisphost run export-conversations.lua -- export.jsonl [SINCE]")
local options = { limit = "all" }
if args[2] then options.date_start = args[2] end

local conversations = crisp.conversations.list(options)
local lines = map(conversations, function(conversation)
  local messages = crisp.conversations.messages.list(conversation.session_id, { limit = "all" })
  return json.encode{
    session_id = conversation.session_id,
    customer = { nickname = conversation.meta.nickname, email = conversation.meta.email },
    state = conversation.state,
    segments = json.array(conversation.meta.segments),
    messages = json.array(messages),
  }
end, 8)

files.write(file, table.concat(lines, "\n") .. "\n")
print(("Wrote %d conversations to %s."):format(#lines, file))
