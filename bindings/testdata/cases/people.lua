-- Profiles are made, changed, replaced and deleted, by id and by email.
local people = crisp.people
print("total", people.stats.get().total, #people.list{ limit = "all" })
local made = people.create{
  email = "ada@engines.example",
  person = {
    nickname = "Ada Lovelace", phone = "+44 20 7946 0000", gender = "female",
    employment = { name = "Analytical Engines", title = "Programmer" },
    geolocation = { country = "GB", city = "London", coordinates = { latitude = 51.5, longitude = -0.1 } },
  },
  company = { name = "Analytical Engines", url = "https://engines.example" },
  segments = { "press", "vip" }, notepad = "Prefers letters",
}
print(people.exists(made.people_id), people.exists("ada@engines.example"), people.exists("nobody@engines.example"))

local function show()
  local p = people.get("ada@engines.example")
  print(p.people_id == made.people_id, p.person.nickname, p.person.phone, p.person.employment and p.person.employment.title,
    p.company and p.company.name, table.concat(p.segments or {}, " "), p.notepad)
end
show()
people.update("ada@engines.example", { person = { nickname = "Ada King" }, segments = { "vip" } })
show()
people.save(made.people_id, { email = "ada@engines.example", person = { nickname = "Countess of Lovelace" } })
show()

local ok, err = pcall(people.create, { email = "ada@engines.example", person = { nickname = "Twin" } })
print(ok, err.name, err.status, err.reason)

people.data.save(made.people_id, { data = { plan = "pro", seats = 3 } })
people.data.update(made.people_id, { data = { seats = 4 } })
print(json.encode(people.data.get(made.people_id).data))
people.data.save(made.people_id, { data = json.object() })
print(json.encode(json.object(people.data.get(made.people_id).data)))

people.events.create(made.people_id, { text = "Paid", color = "green", data = { amount = 12 }, timestamp = "2026-03-01" })
local event = people.events.list(made.people_id)[1]
print(event.text, event.color, event.data.amount, time.format(event.timestamp))
print(people.subscription.get(made.people_id).email)
people.subscription.update(made.people_id, false)
print(people.subscription.get(made.people_id).email)

people.delete(made.people_id)
print(people.exists(made.people_id))
