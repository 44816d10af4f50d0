// What was read is changed and written back. Fields that are answered and not taken are dropped unless they were changed.
const id = (await crisp.people.list({ limit: 1 }))[0].people_id;
const attempt = async (promise) => {
  try { await promise; console.log("true", ""); } catch (err) { console.log("false", err.message); }
};
let p = await crisp.people.get(id);
p.person.nickname = "Renamed";
await crisp.people.save(id, p);
p = await crisp.people.get(id);
console.log(p.person.nickname, p.created_at !== undefined);
await crisp.people.save(id, await crisp.people.get(id)); // untouched
const copy = { ...(await crisp.people.get(id)) };
copy.notepad = "noted";
await crisp.people.update(id, copy);
console.log((await crisp.people.get(id)).notepad);
copy.created_at = 5;
console.log(await crisp.people.save(id, copy).catch((err) => err.message.replace(/answered the number \d+/, "answered the number N")), "nil");
console.log((await crisp.people.get(id)).notepad);
// An item of a list, and of a stream.
const other = (await crisp.people.list({ limit: 2 }))[1];
other.person.nickname = "Listed";
await attempt(crisp.people.save(other.people_id, other));
for await (const person of crisp.people.each({ limit: 3 })) {
  person.notepad = "seen";
  await crisp.people.save(person.people_id, person);
}
console.log((await crisp.people.get(other.people_id)).person.nickname, (await crisp.people.get(other.people_id)).notepad);
// Of what was read nothing is known.
await attempt(crisp.people.save("nobody@x.example", { created_at: 5 }));

const session = (await crisp.conversations.list({ limit: 1 }))[0].session_id;
const meta = await crisp.conversations.meta.get(session);
meta.nickname = "Once more";
await crisp.conversations.meta.update(session, meta);
console.log((await crisp.conversations.meta.get(session)).nickname);
const data = await crisp.people.data.get(id);
data.data.plan = "pro";
await crisp.people.data.save(id, data);
console.log((await crisp.people.data.get(id)).data.plan);
const settings = await crisp.websites.settings.get();
await crisp.websites.settings.update(settings);
