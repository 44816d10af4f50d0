-- What was read is changed and written back. Fields that are answered and not taken are dropped unless they were changed.
local id = crisp.people.list({ limit = 1 })[1].people_id
local function try(fn, ...)
  local ok, err = pcall(fn, ...)
  print(ok, ok and "" or err.message)
end
local p = crisp.people.get(id)
p.person.nickname = "Renamed"
crisp.people.save(id, p)
p = crisp.people.get(id)
print(p.person.nickname, p.created_at ~= nil)
crisp.people.save(id, crisp.people.get(id)) -- untouched
local copy = {}
for name, value in pairs(crisp.people.get(id)) do copy[name] = value end
copy.notepad = "noted"
crisp.people.update(id, copy)
print(crisp.people.get(id).notepad)
copy.created_at = 5
print(select(2, pcall(crisp.people.save, id, copy)).message:gsub("answered the number %d+", "answered the number N"), nil)
print(crisp.people.get(id).notepad)
-- An item of a list, and of a stream.
local other = crisp.people.list({ limit = 2 })[2]
other.person.nickname = "Listed"
try(crisp.people.save, other.people_id, other)
for person in crisp.people.each({ limit = 3 }) do
  person.notepad = "seen"
  crisp.people.save(person.people_id, person)
end
print(crisp.people.get(other.people_id).person.nickname, crisp.people.get(other.people_id).notepad)
-- Of what was read nothing is known.
try(crisp.people.save, "nobody@x.example", { created_at = 5 })

local session = crisp.conversations.list({ limit = 1 })[1].session_id
local meta = crisp.conversations.meta.get(session)
meta.nickname = "Once more"
crisp.conversations.meta.update(session, meta)
print(crisp.conversations.meta.get(session).nickname)
local data = crisp.people.data.get(id)
data.data.plan = "pro"
crisp.people.data.save(id, data)
print(crisp.people.data.get(id).data.plan)
local settings = crisp.websites.settings.get()
crisp.websites.settings.update(settings)
