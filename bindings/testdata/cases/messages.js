// All kinds of messages are sent, read back, changed and removed.
const id = (await crisp.conversations.create()).session_id;
const messages = crisp.conversations.messages;
await messages.send(id, { from: "user", content: "Hello from a visitor", fingerprint: 1001, timestamp: new Date(time.ago("2h")) });
await messages.send(id, "Hello from the team");
await messages.send(id, { type: "note", content: "Knows us from the fair", fingerprint: 1002, mentions: [] });
await messages.send(id, { type: "file", content: { name: "a.pdf", url: "https://files.example/a.pdf", type: "application/pdf" } });
await messages.send(id, { type: "animation", content: { url: "https://files.example/a.gif", type: "image/gif" } });
await messages.send(id, { type: "audio", content: { url: "https://files.example/a.mp3", type: "audio/mpeg", duration: 12 } });
await messages.send(id, { type: "picker", content: {
  id: "colour", text: "Which colour?", choices: [{ value: "r", label: "Red", selected: false }, { value: "g", label: "Green", selected: true }],
} });
await messages.send(id, { type: "field", content: { id: "email", text: "Your email?", explain: "you@example.org" } });
await messages.send(id, { type: "carousel", content: { text: "Plans", targets: [{ title: "Pro", description: "For teams", actions: [{ label: "See", url: "https://shop.example" }] }] } });
await messages.send(id, { type: "event", content: { namespace: "state:resolved" }, from: "operator", stealth: true });
await messages.send(id, {
  content: "Bonjour", translated: true, automated: true, properties: { source: "bot", score: 3, sure: true },
  user: { nickname: "Robot", avatar: "https://files.example/robot.png" }, fingerprint: 1003,
});

console.log((await messages.list(id)).map((message) => message.type).join(" "));
let count = 0, last = Infinity;
for await (const message of messages.each(id)) {
  count++;
  if (message.timestamp > last) console.log("not newest first");
  last = message.timestamp;
}
console.log(count, (await messages.list(id, { limit: 2 })).length, (await messages.list(id, { before: time.ago("1h") })).length, (await messages.list(id, { after: time.ago("1h"), limit: "all" })).length);

const robot = await messages.get(id, 1003);
console.log(robot.content, robot.from, robot.user.nickname, robot.automated, robot.translated, robot.properties.score);
console.log((await messages.get(id, 1002)).type, (await messages.get(id, 1001)).timestamp === time.ago("2h"));

await messages.update(id, 1003, "Bonsoir");
console.log((await messages.get(id, 1003)).content, (await messages.get(id, 1003)).edited);
await messages.delete(id, 1003);
console.log((await messages.get(id, 1003).catch((err) => err)).status);

await crisp.conversations.read.mark(id);
await crisp.conversations.read.mark(id, { from: "user", origin: "chat", fingerprints: [1001] });
console.log("unread", (await crisp.conversations.get(id)).unread.operator);
await crisp.conversations.unread.mark(id);
console.log("unread", (await crisp.conversations.get(id)).unread.operator > 0);
await crisp.conversations.delivered.mark(id, { fingerprints: [1002] });
await crisp.conversations.compose.update(id, { type: "start", from: "operator", excerpt: "I am wri" });
const composing = (await crisp.conversations.get(id)).compose.operator;
console.log("composing", composing.type, composing.excerpt);
