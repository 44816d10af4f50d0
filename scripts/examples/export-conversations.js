/**
 * Writes conversations with their messages to a JSON Lines file, one conversation a line.
 *   crisphost run export-conversations.js -- export.jsonl 2026-01-01
 * The file is there in full or not at all.
 * @timeout 1h
 * @permissions conversations:read files:write
 */

const [file, since] = args;
if (!file) throw new Error("which file? crisphost run export-conversations.js -- export.jsonl [SINCE]");

const conversations = await crisp.conversations.list({ limit: "all", date_start: since });
const lines = await map(conversations, async (conversation) => {
  const messages = await crisp.conversations.messages.list(conversation.session_id, { limit: "all" });
  return json.encode({
    session_id: conversation.session_id,
    customer: { nickname: conversation.meta.nickname, email: conversation.meta.email },
    state: conversation.state,
    segments: conversation.meta.segments ?? [],
    messages,
  });
}, 8);

await files.write(file, lines.join("\n") + "\n");
console.log(`Wrote ${lines.length} conversations to ${file}.`);
