-- People by order, text, filter and date, and what belongs to them. (tier: user)
local people = crisp.people
local function sorted(list, field, up)
  for i = 2, #list do
    local a, b = list[i - 1][field], list[i][field]
    if (up and a > b) or (not up and a < b) then return false end
  end
  return #list > 1
end
print("created", sorted(people.list{ sort_field = "created_at", sort_order = "ascending" }, "created_at", true), sorted(people.list{ sort_field = "created_at", sort_order = "descending" }, "created_at"))
local first = people.list{ limit = 1 }[1]
local found = people.list{ search_text = first.email }
print("text", #found, found[1].people_id == first.people_id, #people.list{ text = "no such person" })
print("filter", people.list{ filter = { { model = "people", criterion = "email", operator = "eq", query = { first.email } } } }[1].people_id == first.people_id)
local month = time.ago("30d")
print("dates", #people.list{ date_start = month, limit = "all" } + #people.list{ date_end = month, limit = "all" } == #people.list{ limit = "all" })

local function total(noun, ...)
  local count = 0
  for _ in noun.each(...) do count = count + 1 end
  return count == #noun.list(...) or ("each " .. count .. ", list " .. #noun.list(...))
end
print(total(people.segments), total(people.keys), total(people.event_names))
print(total(people.conversations, first.people_id), total(people.events, first.people_id), total(people.campaigns, first.people_id))
local count = 0
for _ in people.each() do count = count + 1 end
print("each", count, #people.list{ unknown = nil })

local function has(noun, field, name)
  for item in noun.each() do
    if item[field] == name then return true end
  end
  return false
end
people.update(first.people_id, { segments = { "press" } })
people.data.update(first.people_id, { data = { fax = "none" } })
people.events.create(first.people_id, "Waved")
print(has(people.segments, "segment", "press"), has(people.keys, "key", "fax"), has(people.event_names, "text", "Waved"))
people.segments.delete("press")
people.keys.delete("fax")
people.event_names.delete("Waved")
print(has(people.segments, "segment", "press"), has(people.keys, "key", "fax"), has(people.event_names, "text", "Waved"))

people.export.create{ profiles = { first.people_id } }
print(type(people.import.create{
  url = "https://files.example/people.csv", mapping = { { column = 0, field = "email" } }, options = { column_separator = ",", skip_header = true },
}.import_id))
