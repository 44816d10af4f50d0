/**
 * Notes in each conversation that has waited too long for an answer, once per wait.
 * Messages start and stop the clocks, a schedule looks at them. Answers of scripts do not count.
 * @on message:send where from == "user"
 * @on message:received where type == "text" and automated != true
 * @schedule every 1m
 * @key session_id
 * @timeout 1m
 * @permissions conversations:write store
 */

// How long a visitor may wait, in minutes, and who is called. Put your promise here.
const promise = 30, team = "@team";

if (event?.from === "user") {
  // The clock of a wait starts with its first message.
  await store.compareAndSet(`waiting:${event.session_id}`, undefined, event.timestamp);
} else if (event) {
  await store.delete(`waiting:${event.session_id}`);
} else {
  let late = 0;
  for (const { key, value } of await store.list("waiting:", { limit: 1000 })) {
    const waited = Math.floor((time.now() - value) / 60000);
    if (waited >= promise) {
      await crisp.conversations.messages.send(key.slice("waiting:".length), {
        type: "note", content: `${team}: this visitor has waited for ${waited} minutes.`, user: { nickname: "SLA" },
      });
      await store.delete(key);
      late++;
    }
  }
  console.log(`${late} late`);
}
