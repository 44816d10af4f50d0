// A plugin's tools are open to the plugin's own token. (tier: plugin)
const [{ session_id: id }] = await crisp.conversations.list({ limit: 1 });
await crisp.conversations.tool.request(id, { command: "list_tools" });
console.log("requested");
const err = await crisp.conversations.spams.list().catch((err) => err);
console.log(false, err.status, err.reason, err.hint);
