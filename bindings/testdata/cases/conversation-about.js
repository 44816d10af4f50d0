// What is known of a conversation: meta, segments, pages, events, files, relations, spam. (tier: user)
const [conversation] = await crisp.conversations.list({ limit: 1 });
const id = conversation.session_id, conversations = crisp.conversations;
console.log((await conversations.meta.get(id)).nickname === conversation.meta.nickname);
await conversations.meta.update(id, { nickname: "Ada", segments: ["press", "vip"], data: { plan: "pro", seats: 12, trial: false } });
const meta = await conversations.meta.get(id);
console.log(meta.nickname, meta.segments.join(" "), meta.data.plan, meta.data.seats, meta.data.trial, meta.email === conversation.meta.email);
await conversations.meta.update(id, { segments: ["press"] });
console.log((await conversations.meta.get(id)).segments.join(" "));

// total counts a list and the same list as a stream.
async function total(noun, ...args) {
  let count = 0;
  for await (const _ of noun.each(...args)) count++;
  const list = await noun.list(...args);
  return count === list.length || `each ${count}, list ${list.length}`;
}
console.log(await total(conversations.pages, id), await total(conversations.events, id), await total(conversations.files, id));
console.log(await total(conversations.segments), await total(conversations.keys), await total(conversations.spams));
async function has(noun, field, name) {
  for await (const item of noun.each()) {
    if (item[field] === name) return true;
  }
  return false;
}
console.log(await has(conversations.segments, "segment", "press"), await has(conversations.keys, "key", "plan"));
await conversations.segments.delete({ segment: "press" });
await conversations.keys.delete("plan");
console.log(await has(conversations.segments, "segment", "press"), await has(conversations.keys, "key", "plan"));
console.log(typeof (await conversations.relations.get(id)).conversations === "object" && "table");

const spams = await conversations.spams.list();
console.log(spams.length > 1, (await conversations.spams.get(spams[0].spam_id)).spam_id === spams[0].spam_id);
await conversations.spams.decide(spams[0].spam_id, "accept");
await conversations.spams.decide(spams[1].spam_id, { action: "reject" });
console.log((await conversations.spams.list()).length === spams.length - 2);
