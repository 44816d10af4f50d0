/**
 * Alerts the team's chat when a VIP writes, at most every half hour per conversation.
 * ALERT_URL is an incoming webhook of the chat, such as those of Slack and Mattermost. Name its host in the permissions.
 * @on message:send where from == "user"
 * @key session_id
 * @timeout 1m
 * @retries 3 exponential 10s
 * @env ALERT_URL
 * @permissions conversations:read store fetch:chat.example.com
 */

const { meta, assigned } = await crisp.conversations.get(event.session_id);
const key = `alerted:${event.session_id}`;

if (!meta.segments?.includes("vip")) {
  console.log("no VIP");
} else if (await store.get(key)) {
  console.log("alerted already");
} else {
  const text = `${meta.nickname} (VIP) writes: ${event.type === "text" ? event.content : event.type}`;
  const response = await fetch(env.get("ALERT_URL"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: assigned ? text : `${text}\nNobody is assigned.` }),
  });
  if (!response.ok) throw new Error(`the chat answers ${response.status}`); // the run is tried again
  await store.set(key, true, { expires_in: "30m" });
  console.log("alerted");
}
