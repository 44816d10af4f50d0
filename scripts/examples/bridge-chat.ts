/**
 * Bridges the inbox to a chat tool: visitors' messages go there by its webhook, and the answers given there come back.
 * CHAT_URL is the address of the tool's bot. Change the two requests to what your tool takes and gives.
 * @on message:send where from == "user" and type == "text"
 * @schedule every 15s
 * @key session_id
 * @timeout 1m
 * @retries 3 exponential 10s
 * @env CHAT_URL
 * @permissions conversations:write store fetch:chat.example.com
 */

const address = env.get("CHAT_URL");

async function ask(path: string, options?: any): Promise<any> {
  const response = await fetch(address + path, options);
  if (!response.ok) throw new Error(`the chat answers ${response.status}`); // the run is tried again
  return response.json();
}

if (event) {
  const message = { thread: event.session_id, author: event.user.nickname, text: event.content };
  await ask("/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
  console.log(`to the chat: ${event.content}`);
} else {
  const replies = await ask(`/replies?after=${await store.get("seen", 0)}`);
  for (const { id, thread, author, text } of replies) {
    // The number makes one message of a reply, even if the run ends before it is noted as seen.
    await crisp.conversations.messages.send(thread, { content: text, fingerprint: 700_000_000_000 + id, user: { nickname: author } });
    await store.set("seen", id);
    console.log(`from the chat: ${text}`);
  }
}
