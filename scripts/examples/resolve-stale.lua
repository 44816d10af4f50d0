--- Resolves conversations that wait for the customer and saw nothing new for some days.
-- Run it with "--dry-run" to see which, and with a number for other days than 7:
--   crisphost run resolve-stale.lua -- 30 --dry-run
-- @timeout 10m
-- @permissions conversations:read conversations:write

local days, dry_run = 7, false
for _, arg in ipairs(args) do
  if arg == "--dry-run" then
    dry_run = true
  else
    days = tonumber(arg) or error("not a number of days: " .. arg)
  end
end

local cutoff = time.ago(days .. "d")
local stale = {}
for conversation in crisp.conversations.each{ not_resolved = true } do
  if conversation.updated_at < cutoff and not conversation.waiting_since then
    stale[#stale + 1] = conversation
  end
end

map(stale, function(conversation)
  if not dry_run then
    crisp.conversations.resolve(conversation.session_id)
  end
end, 4)

local rows = {}
for i, conversation in ipairs(stale) do
  rows[i] = {
    customer = conversation.meta.nickname,
    silent = time.duration(time.now() - conversation.updated_at),
    conversation = conversation.session_id,
  }
end
table.sort(rows, function(a, b) return a.conversation < b.conversation end)
print_table(rows, { columns = { "customer", "silent", "conversation" } })
print(("%s %d conversations that were silent for %d days."):format(dry_run and "Would resolve" or "Resolved", #stale, days))
