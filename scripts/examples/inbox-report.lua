--- The inbox at a glance: what is unread, who waits longest, and how the work is spread.
-- @timeout 2m
-- @permissions conversations:read operators:read

local now = time.now()
local total, unread, messages = 0, 0, 0
local waiting, by_operator, by_segment = {}, {}, {}

local names = {}
for _, operator in ipairs(crisp.websites.operators.list()) do
  local details = operator.details
  names[details.user_id] = details.first_name .. " " .. details.last_name
end

-- count adds a conversation to the row of a name.
local function count(rows, name, is_unread)
  local row = rows[name] or { name = name, open = 0, unread = 0 }
  row.open = row.open + 1
  if is_unread then row.unread = row.unread + 1 end
  rows[name] = row
end

-- ranked turns rows by name into a list, the largest first.
local function ranked(rows)
  local list = {}
  for _, row in pairs(rows) do list[#list + 1] = row end
  table.sort(list, function(a, b)
    if a.open ~= b.open then return a.open > b.open end
    return a.name < b.name
  end)
  return list
end

for conversation in crisp.conversations.each{ not_resolved = true } do
  local is_unread = conversation.unread.operator > 0
  total = total + 1
  if is_unread then
    unread = unread + 1
    messages = messages + conversation.unread.operator
  end

  local assigned = conversation.assigned and conversation.assigned.user_id
  count(by_operator, names[assigned] or "(nobody)", is_unread)
  for _, segment in ipairs(conversation.meta.segments or {}) do
    count(by_segment, segment, is_unread)
  end

  if conversation.waiting_since then
    waiting[#waiting + 1] = {
      since = conversation.waiting_since,
      waiting = time.duration(now - conversation.waiting_since),
      customer = conversation.meta.nickname,
      subject = conversation.topic or conversation.last_message,
      operator = names[assigned] or "(nobody)",
      id = conversation.session_id,
    }
  end
end

table.sort(waiting, function(a, b)
  if a.since ~= b.since then return a.since < b.since end
  return a.id < b.id
end)
local longest = {}
for i = 1, math.min(10, #waiting) do longest[i] = waiting[i] end

print(("%d conversations are open, %d of them unread with %d new messages."):format(total, unread, messages))
print("\nWaiting longest")
print_table(longest, { columns = { "waiting", "customer", "operator", "subject" } })
print("\nBy operator")
print_table(ranked(by_operator), { columns = { "name", "open", "unread" } })
print("\nBy segment")
print_table(ranked(by_segment), { columns = { "name", "open", "unread" } })
