// Profiles are made, changed, replaced and deleted, by id and by email.
const people = crisp.people;
console.log("total", (await people.stats.get()).total, (await people.list({ limit: "all" })).length);
const made = await people.create({
  email: "ada@engines.example",
  person: {
    nickname: "Ada Lovelace", phone: "+44 20 7946 0000", gender: "female",
    employment: { name: "Analytical Engines", title: "Programmer" },
    geolocation: { country: "GB", city: "London", coordinates: { latitude: 51.5, longitude: -0.1 } },
  },
  company: { name: "Analytical Engines", url: "https://engines.example" },
  segments: ["press", "vip"], notepad: "Prefers letters",
});
console.log(await people.exists(made.people_id), await people.exists("ada@engines.example"), await people.exists("nobody@engines.example"));

const nil = (value) => value ?? "nil";
async function show() {
  const p = await people.get("ada@engines.example");
  console.log(p.people_id === made.people_id, p.person.nickname, nil(p.person.phone), nil(p.person.employment?.title),
    nil(p.company?.name), (p.segments ?? []).join(" "), nil(p.notepad));
}
await show();
await people.update("ada@engines.example", { person: { nickname: "Ada King" }, segments: ["vip"] });
await show();
await people.save(made.people_id, { email: "ada@engines.example", person: { nickname: "Countess of Lovelace" } });
await show();

const err = await people.create({ email: "ada@engines.example", person: { nickname: "Twin" } }).catch((err) => err);
console.log(false, err.name, err.status, err.reason);

await people.data.save(made.people_id, { data: { plan: "pro", seats: 3 } });
await people.data.update(made.people_id, { data: { seats: 4 } });
console.log(json.encode((await people.data.get(made.people_id)).data));
await people.data.save(made.people_id, { data: {} });
console.log(json.encode((await people.data.get(made.people_id)).data));

await people.events.create(made.people_id, { text: "Paid", color: "green", data: { amount: 12 }, timestamp: new Date("2026-03-01") });
const [event] = await people.events.list(made.people_id);
console.log(event.text, event.color, event.data.amount, time.format(event.timestamp));
console.log((await people.subscription.get(made.people_id)).email);
await people.subscription.update(made.people_id, false);
console.log((await people.subscription.get(made.people_id)).email);

await people.delete(made.people_id);
console.log(await people.exists(made.people_id));
