// What the stories share.

export const websiteID = "11111111-1111-4111-8111-111111111111";
export const nobody = "00000000-0000-4000-8000-000000000000";

// pick keeps some fields of an object, in this order; a missing one shows as "(none)".
export const pick = (...names) => (object) =>
  Object.fromEntries(names.map((name) => [name, object[name] === undefined ? "(none)" : object[name]]));

export const each = (show) => (list) => list.map(show);

// shape tells the JSON type of every field, for records whose values are the seed's business.
export function shape(value) {
  if (Array.isArray(value)) return value.length ? [shape(value[0])] : [];
  if (value === null) return "null";
  if (typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shape(field)]));
  return typeof value;
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

// conversation creates one and lets a visitor say something in it.
export async function conversation(site, text = "hello") {
  const { session_id } = await site.createNewConversation(websiteID);
  await site.sendMessageInConversation(websiteID, session_id, { type: "text", from: "user", origin: "chat", content: text });
  return session_id;
}
