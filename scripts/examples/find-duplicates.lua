--- Finds people who are likely the same: one name and one company under several email addresses.
-- It only reports; merging is a decision for a person.
-- @timeout 10m
-- @permissions people:read

local groups, order = {}, {}
local total = 0
for person in crisp.people.each() do
  total = total + 1
  local name = ((person.person or {}).nickname or ""):lower():gsub("%s+", " ")
  local company = ((person.company or {}).name or ""):lower()
  if name ~= "" then
    local key = name .. "\n" .. company
    if not groups[key] then
      groups[key] = {}
      order[#order + 1] = key
    end
    table.insert(groups[key], person)
  end
end
table.sort(order)

local rows = {}
for _, key in ipairs(order) do
  local people = groups[key]
  if #people > 1 then
    table.sort(people, function(a, b) return (a.email or "") < (b.email or "") end)
    local emails = {}
    for i, person in ipairs(people) do emails[i] = person.email or "(no email)" end
    rows[#rows + 1] = {
      name = people[1].person.nickname,
      company = (people[1].company or {}).name,
      emails = table.concat(emails, ", "),
    }
  end
end

print_table(rows, { columns = { "name", "company", "emails" } })
print(("%d groups of likely duplicates among %d people"):format(#rows, total))
