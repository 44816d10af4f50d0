/**
 * Blocks strangers who advertise, closes their conversation, and notes why.
 * Only messages with a link are looked at. Whoever has a profile is no stranger.
 * @on message:send where from == "user" and type == "text" and content matches "(?i)https?:|www"
 * @key session_id
 * @timeout 1m
 * @permissions conversations:read conversations:write
 */

const words = ["seo", "backlink", "casino", "crypto", "guaranteed", "million", "ranking", "winner"];

const found = words.filter((word) => event.content.toLowerCase().includes(word));

if (found.length < 2) {
  console.log("no spam");
} else if ((await crisp.conversations.get(event.session_id)).people_id) {
  console.log("spam of somebody known");
} else {
  const reason = `Closed as spam: ${found.join(", ")}`;
  await crisp.conversations.messages.send(event.session_id, { type: "note", content: reason, automated: true });
  await crisp.conversations.block.update(event.session_id, true);
  await crisp.conversations.resolve(event.session_id);
  console.log(reason);
}
