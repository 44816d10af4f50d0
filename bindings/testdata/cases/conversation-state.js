// The state of a conversation and who deals with it.
const id = (await crisp.conversations.list({ not_resolved: true, limit: 1 }))[0].session_id;
const conversations = crisp.conversations;
const state = async () => (await conversations.state.get(id)).state;
console.log((await state()) !== "resolved");
await conversations.state.update(id, "pending");
console.log(await state());
await conversations.state.update(id, { state: "unresolved", origin: "chat" });
console.log(await state());
await conversations.resolve(id);
console.log(await state());
const [newest] = await conversations.messages.list(id, { limit: 1 });
console.log(newest.type, newest.content.namespace);
await conversations.unresolve(id);
console.log(await state());

const operators = await crisp.websites.operators.list();
const first = operators[0].details.user_id, second = operators[1].details.user_id;
await conversations.assign(id, first);
console.log((await conversations.routing.get(id)).assigned.user_id === first);
await conversations.routing.assign(id, { assigned: { user_id: second }, silent: true });
console.log((await conversations.routing.get(id)).assigned.user_id === second);
await conversations.assign(id);
console.log((await conversations.routing.get(id)).assigned == null);

const other = (await conversations.list({ limit: "all" })).map((conversation) => conversation.inbox_id).find((inbox) => inbox);
await conversations.inbox.update(id, { inbox_id: other });
console.log((await conversations.get(id)).inbox_id === other);
await conversations.inbox.update(id, { inbox_id: null });
console.log((await conversations.get(id)).inbox_id == null);

const blocked = async () => (await conversations.block.get(id)).blocked;
console.log(await blocked());
await conversations.block.update(id, true);
console.log(await blocked(), (await conversations.get(id)).is_blocked);
const before = (await conversations.messages.list(id, { limit: "all" })).length;
await conversations.messages.send(id, { from: "user", content: "let me in" });
console.log("dropped", (await conversations.messages.list(id, { limit: "all" })).length === before);
await conversations.block.update(id, { blocked: false });
console.log(await blocked());

await conversations.participants.save(id, { participants: [{ type: "email", target: "boss@acme.example" }] });
const { participants } = await conversations.participants.get(id);
console.log(participants.length, participants[0].type, participants[0].target);
await conversations.participants.save(id, { participants: [] });
console.log((await conversations.participants.get(id)).participants.length);
await conversations.open.update(id, { opened: true });
