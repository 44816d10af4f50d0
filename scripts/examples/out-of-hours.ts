/**
 * Answers the first message that a visitor writes out of hours, once a night.
 * @on message:send where from == "user"
 * @key session_id
 * @timeout 1m
 * @permissions conversations:write store
 */

// When the team is there, from Monday on, in the zone of the office. Put your hours here.
const zone = "Europe/Paris";
const open = [[9, 18], [9, 18], [9, 18], [9, 18], [9, 17]];

const weekday = Number(time.format(event.timestamp, "%u", { zone }));
const hour = Number(time.format(event.timestamp, "%H", { zone }));
const hours = open[weekday - 1];

if (hours && hour >= hours[0] && hour < hours[1]) {
  console.log("the team is there");
} else if (await store.get(`answered:${event.session_id}`)) {
  console.log("answered already");
} else {
  await crisp.conversations.messages.send(event.session_id, {
    content: "Thank you for your message! We are back at nine and answer then.",
    user: { nickname: "Out of hours" },
    automated: true,
  });
  await store.set(`answered:${event.session_id}`, true, { expires_in: "12h" });
  console.log("answered");
}
