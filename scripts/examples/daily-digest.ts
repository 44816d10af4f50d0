/**
 * A digest of the last day for the team, as text; with "--note SESSION_ID" it is left as a note in a conversation too.
 * @schedule 0 9 * * 1-5
 * @timezone Europe/Paris
 * @timeout 5m
 * @permissions conversations:read conversations:write visitors:read
 */

const since = time.ago("24h");
const noteIn: string | undefined = args[0] === "--note" ? args[1] : undefined;

// The calls do not depend on each other, so they go out together.
const [fresh, resolved, unread, visitors] = await Promise.all([
  crisp.conversations.list({ date_start: since, order: "created", limit: "all" }),
  crisp.conversations.list({ resolved: true, date_start: since, limit: "all" }),
  crisp.conversations.list({ unread: true, limit: "all" }),
  crisp.visitors.count(),
]);

let longest: any;
for (const conversation of unread) {
  const waiting = conversation.waiting_since;
  if (waiting && (!longest || waiting < longest.waiting_since)) longest = conversation;
}

const lines = [
  "Digest of the last 24 hours",
  `- conversations with something new: ${fresh.length}`,
  `- of these resolved: ${resolved.length}`,
  `- unread now: ${unread.length}`,
  `- visitors online: ${visitors.count}`,
];
if (longest) {
  lines.push(`- waiting longest: ${longest.meta.nickname}, for ${time.duration(time.now() - longest.waiting_since)}`);
}
const text = lines.join("\n");

console.log(text);
if (noteIn) {
  await crisp.conversations.messages.send(noteIn, { type: "note", content: text });
  console.log(`Left as a note in ${noteIn}.`);
}
