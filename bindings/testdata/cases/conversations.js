// Conversations are made, found, counted and deleted.
const made = await crisp.conversations.create();
console.log(/^session_[0-9a-f]+-/.test(made.session_id), await crisp.conversations.exists(made.session_id));
await crisp.conversations.initiate(made.session_id);
const got = await crisp.conversations.get(made.session_id);
console.log(got.session_id === made.session_id, got.website_id === crisp.website_id, got.state);

// It is not in the inbox before the visitor has written.
async function listed(options) {
  for await (const conversation of crisp.conversations.each(options)) {
    if (conversation.session_id === made.session_id) return true;
  }
  return false;
}
console.log("empty:", await listed(), await listed({ include_empty: true }));
await crisp.conversations.messages.send(made.session_id, { from: "user", content: "Where is my zebra?" });
console.log("written:", await listed());

await crisp.conversations.delete(made.session_id);
console.log("deleted:", await crisp.conversations.exists(made.session_id));
try {
  await crisp.conversations.get(made.session_id);
} catch (err) {
  console.log(false, err.name, err.status, err.reason, err.operation);
}

console.log("first page:", (await crisp.conversations.list()).length, "all:", (await crisp.conversations.list({ limit: "all" })).length, "three:", (await crisp.conversations.list({ limit: 3 })).length);
console.log("second page of 20:", (await crisp.conversations.list({ limit: 20, per_page: 20, page_number: 2 })).length);
