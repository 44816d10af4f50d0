-- Every filter and order of the list, by the wire's names and by the short ones.
local function count(options)
  options.limit = "all"
  return #crisp.conversations.list(options)
end
local operator = crisp.websites.operators.list()[1].details.user_id
print("unread", count{ filter_unread = true }, count{ unread = true })
print("resolved", count{ filter_resolved = true }, count{ resolved = true })
print("not resolved", count{ filter_not_resolved = true }, count{ not_resolved = true })
print("mention", count{ filter_mention = true } == count{ mention = true })
print("assigned", count{ filter_assigned = operator }, count{ assigned = operator })
print("unassigned", count{ filter_unassigned = true }, count{ unassigned = true })
print("both", count{ unread = true, unassigned = true } <= count{ unread = true })
local week = time.ago("7d")
print("since", count{ filter_date_start = week }, count{ date_start = time.format(week) })
print("until", count{ filter_date_end = week }, count{ date_start = 0, date_end = week })

-- sorted tells whether a list goes down (or up) by a field.
local function sorted(list, field, up)
  for i = 2, #list do
    local a, b = list[i - 1][field], list[i][field]
    if (up and a > b) or (not up and a < b) then return false end
  end
  return #list > 1
end
print("created", sorted(crisp.conversations.list{ order = "created" }, "created_at"))
print("updated", sorted(crisp.conversations.list{ order = "updated" }, "updated_at"))
print("waiting", sorted(crisp.conversations.list{ order_date_waiting = true }, "waiting_since", true))

print("text", #crisp.conversations.search("refund") > 0, #crisp.conversations.search("no such words anywhere"))
local segment = crisp.conversations.segments.list()[1].segment
print("segment", #crisp.conversations.search(segment, { type = "segment", limit = "all" }) > 0)
print("filter", #crisp.conversations.search({ { model = "session", criterion = "segments", operator = "eq", query = { segment } } }, { limit = "all" }) > 0)
