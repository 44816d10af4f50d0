/**
 * Tries what its permissions do not allow, and prints how each call is refused.
 * @permissions conversations:read
 */
async function attempt(call) {
  try {
    await call();
    console.log("was allowed");
  } catch (e) {
    console.log(`${e.name}: ${e.message}`);
  }
}

await crisp.conversations.list({ limit: 1 });
console.log("listed");
await attempt(() => crisp.conversations.create());
await attempt(() => store.set("key", 1));
await attempt(() => files.write("refused.txt", "text"));
await attempt(() => crisp.api.post("website/{website_id}/conversation", {}));
await attempt(() => fetch("https://refused.example/"));
if (typeof billing !== "undefined") { // a module of the program's own
  await attempt(() => billing.charge("ada@example.com"));
}
