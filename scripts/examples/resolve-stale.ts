/**
 * Resolves conversations that wait for the customer and saw nothing new for some days.
 * Run it with "--dry-run" to see which, and with a number for other days than 7:
 *   crisphost run resolve-stale.ts -- 30 --dry-run
 * @timeout 10m
 * @permissions conversations:read conversations:write
 */

let days = 7, dryRun = false;
for (const arg of args) {
  if (arg === "--dry-run") dryRun = true;
  else if (Number.isFinite(Number(arg))) days = Number(arg);
  else throw new Error(`not a number of days: ${arg}`);
}

const cutoff = time.ago(`${days}d`);
const stale: any[] = [];
for await (const conversation of crisp.conversations.each({ not_resolved: true })) {
  if (conversation.updated_at < cutoff && !conversation.waiting_since) stale.push(conversation);
}

await map(stale, async (conversation: any) => {
  if (!dryRun) await crisp.conversations.resolve(conversation.session_id);
}, 4);

const rows = stale.map((conversation) => ({
  customer: conversation.meta.nickname,
  silent: time.duration(time.now() - conversation.updated_at),
  conversation: conversation.session_id,
}));
rows.sort((a, b) => (a.conversation < b.conversation ? -1 : 1));
console.table(rows, ["customer", "silent", "conversation"]);
console.log(`${dryRun ? "Would resolve" : "Resolved"} ${stale.length} conversations that were silent for ${days} days.`);
