// Verification, transcripts, reminders, browsing, calls, widgets. (tier: user)
const conversations = crisp.conversations;
const id = (await conversations.list({ limit: 1 }))[0].session_id;
await conversations.verify.update(id, true);
console.log((await conversations.verify.get(id)).verified);
await conversations.verify.update(id, { verified: false });
console.log((await conversations.verify.get(id)).verified);
await conversations.verify.request(id, { identity: "email", method: "link", recipient: "ada@acme.example" });
await conversations.verify.redeem(id, { identity: "email", token: "123456", recipient: "ada@acme.example" });
console.log((await conversations.verify.get(id)).verified);

await conversations.transcript.request(id, { to: "operator", email: "ada@acme.example" });
await conversations.transcript.request(id, "user");
await conversations.reminders.create(id, { date: "2026-03-09", note: "Call back" });
await conversations.reminders.create(id, { date: new Date(time.now() + 3600000), note: "Call back again" });

// These need the visitor to be online.
let live;
for await (const visitor of crisp.visitors.each()) {
  if (visitor.initiated && await conversations.exists(visitor.session_id)) live ??= visitor.session_id;
}
await conversations.initiate(live);
await conversations.purge.request(live);
await conversations.feedback.request(live);
await conversations.browsing.create(live);
const [{ browsing_id: browsing }] = await conversations.browsing.list(live);
await conversations.browsing.update(live, browsing, "start");
await conversations.browsing.assist(live, browsing, { action: "mouse", mouse: { x: 10, y: 20.5 } });

const call = await conversations.call.create(live, { mode: "audio" });
console.log((await conversations.call.get(live)).call_id === call.call_id);
await conversations.call.signal(live, call.call_id, { type: "candidate", payload: { sdpMid: "0" } });
await conversations.call.delete(live, call.call_id);

const plugin = "185b3ab9-d8a7-4ee9-9a7b-6a5b0d1a5e0a";
console.log(typeof (await conversations.widgets.button(id, plugin, { section_id: "main", item_id: "refund", data: {} })).correlation_id);
console.log(typeof (await conversations.widgets.data(id, plugin, { action: "edit", section_id: "main", item_id: "plan", value: "pro" })).correlation_id);

// A message that came by email can be had as it came.
found: for await (const conversation of conversations.each()) {
  for (const message of await conversations.messages.list(conversation.session_id)) {
    if (!message.original) continue;
    const original = await conversations.originals.get(conversation.session_id, message.original.original_id);
    console.log(original.original_id === message.original.original_id, typeof original.content);
    break found;
  }
}

await conversations.report.create(id, "spam");
console.log("reported", (await conversations.search("zebra")).length);
