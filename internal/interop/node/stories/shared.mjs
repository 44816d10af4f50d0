// What the stories share.

export const websiteID = "11111111-1111-4111-8111-111111111111";
export const nobody = "00000000-0000-4000-8000-000000000000";

// pick keeps some fields of an object, in this order; a missing one shows as "(none)".
export const pick = (...names) => (object) =>
  Object.fromEntries(names.map((name) => [name, object[name] === undefined ? "(none)" : object[name]]));

export const each = (show) => (list) => list.map(show);

// shape tells the JSON type of every field, for records whose values are the seed's business. A list has the fields of
// all its items.
export function shape(value) {
  if (Array.isArray(value)) return value.length ? [value.map(shape).reduce(merge)] : [];
  if (value === null) return "null";
  if (typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shape(field)]));
  return typeof value;
}

function merge(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length && b.length ? [merge(a[0], b[0])] : [...a, ...b];
  if (typeof a !== "object" || typeof b !== "object") {
    return [...new Set(`${a} or ${b}`.split(" or "))].sort().join(" or ");
  }
  const all = { ...a };
  for (const [name, field] of Object.entries(b)) all[name] = name in a ? merge(a[name], field) : field;
  return all;
}

// pages reads a numbered list to its end, the first empty page.
export async function pages(read) {
  const all = [];
  for (let page = 1; ; page++) {
    const list = await read(page);
    if (!list.length) return all;
    all.push(...list);
  }
}

// first finds the first item of a numbered list that has something.
export async function first(read, has) {
  for (let page = 1; ; page++) {
    const list = await read(page);
    if (!list.length) throw new Error("no item of the list has it");
    for (const item of list) if (await has(item)) return item;
  }
}

// conversation creates one and lets a visitor say something in it.
export async function conversation(site, text = "hello") {
  const { session_id } = await site.createNewConversation(websiteID);
  await site.sendMessageInConversation(websiteID, session_id, { type: "text", from: "user", origin: "chat", content: text });
  return session_id;
}
