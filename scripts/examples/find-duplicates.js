/**
 * Finds people who are likely the same: one name and one company under several email addresses.
 * It only reports; merging is a decision for a person.
 * @timeout 10m
 * @permissions people:read
 */

const groups = new Map();
let total = 0;
for await (const person of crisp.people.each()) {
  total++;
  const name = (person.person?.nickname ?? "").toLowerCase().replace(/\s+/g, " ");
  const company = (person.company?.name ?? "").toLowerCase();
  if (name === "") continue;
  const key = `${name}\n${company}`;
  if (!groups.has(key)) groups.set(key, []);
  groups.get(key).push(person);
}

const rows = [];
for (const key of [...groups.keys()].sort()) {
  const people = groups.get(key);
  if (people.length < 2) continue;
  people.sort((a, b) => ((a.email ?? "") < (b.email ?? "") ? -1 : 1));
  rows.push({
    name: people[0].person.nickname,
    company: people[0].company?.name,
    emails: people.map((person) => person.email ?? "(no email)").join(", "),
  });
}

console.table(rows, ["name", "company", "emails"]);
console.log(`${rows.length} groups of likely duplicates among ${total} people`);
