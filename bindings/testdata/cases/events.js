const [conversation] = await crisp.conversations.list({ limit: 1 });
const id = conversation.session_id;

// A loop hears what happens after it was made, and not only after it has begun.
const events = crisp.events.each(["message:send", "message:received", "session:set_state"], { where: 'session_id != null' });
await crisp.conversations.messages.send(id, "Hello from the team");
await crisp.conversations.messages.send(id, { content: "Hello from a visitor", from: "user" });
await crisp.conversations.resolve(id);
for await (const e of events) {
  console.log(e.event, e.session_id === id, e.content ?? e.state);
  if (e.state === "resolved") break;
}

const visitors = crisp.events.each("message:send", { where: 'from == "user" and content contains "visitor"' });
await crisp.conversations.messages.send(id, { content: "Nothing of interest", from: "user" });
await crisp.conversations.messages.send(id, { content: "A visitor again", from: "user" });
console.log((await visitors.next()).value.content);

// Nothing comes in the time.
for await (const e of crisp.events.each("campaign:dispatched", { timeout: 20 })) console.log(e);
console.log((await crisp.events.wait("campaign:dispatched", { timeout: "20ms" })) ?? "nil");

for (const call of [
  () => crisp.events.each("message:sent"),
  () => crisp.events.each(["message:send", 7]),
  () => crisp.events.each("message:send", { were: "x" }),
  () => crisp.events.each("message:send", { where: 'form == "user"' }),
  () => crisp.events.each("message:send", { timeout: -1 }),
  () => crisp.events.wait(),
]) {
  try {
    await call();
  } catch (err) {
    console.log(err.message, err.hint ?? "-");
  }
}
