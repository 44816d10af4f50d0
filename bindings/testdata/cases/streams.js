// What each answers has methods of its own. (tier: user)
const people = () => crisp.people.each({ limit: 5 });
const names = (await people().toArray()).map((p) => p.person.nickname);
console.log(names.length, names.join() === (await people().map((p) => p.person.nickname).toArray()).join());
console.log((await people().take(2).toArray()).length, (await people().take(9).toArray()).length, (await people().take(0).toArray()).length);
const ids = await people().map((p) => p.people_id).toArray();
console.log((await people().filter((p) => p.people_id !== ids[0]).toArray())[0].people_id === ids[1]);
console.log((await people().filter(() => true).map((p) => p.people_id).take(3).toArray()).join() === ids.slice(0, 3).join());
const stream = people();
const first = (await stream.next()).value;
let rest = 0;
for await (const p of stream.map((p) => p.people_id)) if (p !== first.people_id) rest++;
console.log(rest, (await stream.next()).value === undefined);
await people().forEach((p, i) => { if (names[i] !== p.person.nickname) console.log("another order"); });
// Functions may make calls.
console.log((await people().take(2).map(async (p) => (await crisp.people.get(p.people_id)).people_id).toArray()).join() === ids.slice(0, 2).join());
for (const wrong of [(s) => s.map(), (s) => s.filter(3), (s) => s.take(-1), (s) => s.length, (s) => s[0], (s) => s.find(() => true)]) {
  try {
    wrong(people());
    console.log("no error");
  } catch (e) {
    console.log("refused");
  }
}
try {
  await people().map(() => { throw new Error("no") }).toArray();
} catch (e) {
  console.log(e.message);
}
