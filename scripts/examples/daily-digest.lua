--- A digest of the last day for the team, as text; with "--note SESSION_ID" it is left as a note in a conversation too.
-- @schedule 0 9 * * 1-5
-- @timezone Europe/Paris
-- @timeout 5m
-- @permissions conversations:read conversations:write visitors:read

local since = time.ago("24h")
local note_in
if args[1] == "--note" then note_in = args[2] end

-- The calls do not depend on each other, so they go out together.
local new, resolved, unread, visitors = parallel(
  function() return crisp.conversations.list{ date_start = since, order = "created", limit = "all" } end,
  function() return crisp.conversations.list{ resolved = true, date_start = since, limit = "all" } end,
  function() return crisp.conversations.list{ unread = true, limit = "all" } end,
  function() return crisp.visitors.count() end
)

local longest
for _, conversation in ipairs(unread) do
  local waiting = conversation.waiting_since
  if waiting and (not longest or waiting < longest.waiting_since) then longest = conversation end
end

local lines = {
  "Digest of the last 24 hours",
  ("- conversations with something new: %d"):format(#new),
  ("- of these resolved: %d"):format(#resolved),
  ("- unread now: %d"):format(#unread),
  ("- visitors online: %d"):format(visitors.count),
}
if longest then
  lines[#lines + 1] = ("- waiting longest: %s, for %s"):format(longest.meta.nickname, time.duration(time.now() - longest.waiting_since))
end
local text = table.concat(lines, "\n")

print(text)
if note_in then
  crisp.conversations.messages.send(note_in, { type = "note", content = text })
  print("Left as a note in " .. note_in .. ".")
end
