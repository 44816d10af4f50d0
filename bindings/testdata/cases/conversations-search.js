// Every filter and order of the list, by the wire's names and by the short ones.
async function count(options) {
  return (await crisp.conversations.list({ ...options, limit: "all" })).length;
}
const operator = (await crisp.websites.operators.list())[0].details.user_id;
console.log("unread", await count({ filter_unread: true }), await count({ unread: true }));
console.log("resolved", await count({ filter_resolved: true }), await count({ resolved: true }));
console.log("not resolved", await count({ filter_not_resolved: true }), await count({ not_resolved: true }));
console.log("mention", (await count({ filter_mention: true })) === (await count({ mention: true })));
console.log("assigned", await count({ filter_assigned: operator }), await count({ assigned: operator }));
console.log("unassigned", await count({ filter_unassigned: true }), await count({ unassigned: true }));
console.log("both", (await count({ unread: true, unassigned: true })) <= (await count({ unread: true })));
const week = new Date(time.ago("7d"));
console.log("since", await count({ filter_date_start: week }), await count({ date_start: week.toISOString() }));
console.log("until", await count({ filter_date_end: week }), await count({ date_start: 0, date_end: week.getTime() }));

// sorted tells whether a list goes down (or up) by a field.
function sorted(list, field, up) {
  return list.length > 1 && list.every((item, i) => i === 0 || (up ? list[i - 1][field] <= item[field] : list[i - 1][field] >= item[field]));
}
console.log("created", sorted(await crisp.conversations.list({ order: "created" }), "created_at"));
console.log("updated", sorted(await crisp.conversations.list({ order: "updated" }), "updated_at"));
console.log("waiting", sorted(await crisp.conversations.list({ order_date_waiting: true }), "waiting_since", true));

console.log("text", (await crisp.conversations.search("refund")).length > 0, (await crisp.conversations.search("no such words anywhere")).length);
const { segment } = (await crisp.conversations.segments.list())[0];
console.log("segment", (await crisp.conversations.search(segment, { type: "segment", limit: "all" })).length > 0);
console.log("filter", (await crisp.conversations.search([{ model: "session", criterion: "segments", operator: "eq", query: [segment] }], { limit: "all" })).length > 0);
