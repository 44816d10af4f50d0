// People by order, text, filter and date, and what belongs to them. (tier: user)
const people = crisp.people;
function sorted(list, field, up) {
  return list.length > 1 && list.every((item, i) => i === 0 || (up ? list[i - 1][field] <= item[field] : list[i - 1][field] >= item[field]));
}
console.log("created", sorted(await people.list({ sort_field: "created_at", sort_order: "ascending" }), "created_at", true), sorted(await people.list({ sort_field: "created_at", sort_order: "descending" }), "created_at"));
const [first] = await people.list({ limit: 1 });
const found = await people.list({ search_text: first.email });
console.log("text", found.length, found[0].people_id === first.people_id, (await people.list({ text: "no such person" })).length);
console.log("filter", (await people.list({ filter: [{ model: "people", criterion: "email", operator: "eq", query: [first.email] }] }))[0].people_id === first.people_id);
const month = new Date(time.ago("30d"));
console.log("dates", (await people.list({ date_start: month, limit: "all" })).length + (await people.list({ date_end: month, limit: "all" })).length === (await people.list({ limit: "all" })).length);

async function total(noun, ...args) {
  let count = 0;
  for await (const _ of noun.each(...args)) count++;
  const list = await noun.list(...args);
  return count === list.length || `each ${count}, list ${list.length}`;
}
console.log(await total(people.segments), await total(people.keys), await total(people.eventNames));
console.log(await total(people.conversations, first.people_id), await total(people.events, first.people_id), await total(people.campaigns, first.people_id));
let count = 0;
for await (const _ of people.each()) count++;
console.log("each", count, (await people.list({ unknown: undefined })).length);

async function has(noun, field, name) {
  for await (const item of noun.each()) {
    if (item[field] === name) return true;
  }
  return false;
}
await people.update(first.people_id, { segments: ["press"] });
await people.data.update(first.people_id, { data: { fax: "none" } });
await people.events.create(first.people_id, "Waved");
console.log(await has(people.segments, "segment", "press"), await has(people.keys, "key", "fax"), await has(people.eventNames, "text", "Waved"));
await people.segments.delete("press");
await people.keys.delete("fax");
await people.eventNames.delete("Waved");
console.log(await has(people.segments, "segment", "press"), await has(people.keys, "key", "fax"), await has(people.eventNames, "text", "Waved"));

await people.export.create({ profiles: [first.people_id] });
console.log(typeof (await people.import.create({
  url: "https://files.example/people.csv", mapping: [{ column: 0, field: "email" }], options: { column_separator: ",", skip_header: true },
})).import_id);
