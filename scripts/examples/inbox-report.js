/**
 * The inbox at a glance: what is unread, who waits longest, and how the work is spread.
 * @timeout 2m
 * @permissions conversations:read operators:read
 */

const now = time.now();
let total = 0, unread = 0, messages = 0;
const waiting = [], byOperator = new Map(), bySegment = new Map();

const names = new Map();
for (const { details } of await crisp.websites.operators.list()) {
  names.set(details.user_id, `${details.first_name} ${details.last_name}`);
}

// count adds a conversation to the row of a name.
function count(rows, name, isUnread) {
  const row = rows.get(name) ?? { name, open: 0, unread: 0 };
  row.open++;
  if (isUnread) row.unread++;
  rows.set(name, row);
}

// ranked turns rows by name into a list, the largest first.
function ranked(rows) {
  return [...rows.values()].sort((a, b) => b.open - a.open || (a.name < b.name ? -1 : 1));
}

for await (const conversation of crisp.conversations.each({ not_resolved: true })) {
  const isUnread = conversation.unread.operator > 0;
  total++;
  if (isUnread) {
    unread++;
    messages += conversation.unread.operator;
  }

  const operator = names.get(conversation.assigned?.user_id) ?? "(nobody)";
  count(byOperator, operator, isUnread);
  for (const segment of conversation.meta.segments ?? []) count(bySegment, segment, isUnread);

  if (conversation.waiting_since) {
    waiting.push({
      since: conversation.waiting_since,
      waiting: time.duration(now - conversation.waiting_since),
      customer: conversation.meta.nickname,
      subject: conversation.topic ?? conversation.last_message,
      operator,
      id: conversation.session_id,
    });
  }
}

waiting.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));

console.log(`${total} conversations are open, ${unread} of them unread with ${messages} new messages.`);
console.log("\nWaiting longest");
console.table(waiting.slice(0, 10), ["waiting", "customer", "operator", "subject"]);
console.log("\nBy operator");
console.table(ranked(byOperator), ["name", "open", "unread"]);
console.log("\nBy segment");
console.table(ranked(bySegment), ["name", "open", "unread"]);
