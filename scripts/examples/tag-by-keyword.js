/**
 * Puts conversations into segments by words in what the customer wrote.
 * Segments that a conversation has already are kept.
 * @timeout 10m
 * @permissions conversations:read conversations:write
 */

const rules = [
  { segment: "billing", words: ["invoice", "refund", "charged", "facture", "rechnung", "factura"] },
  { segment: "bug", words: ["crash", "error", "broken", "erreur", "fehler"] },
  { segment: "login", words: ["password", "log in", "login", "mot de passe", "passwort"] },
];

// matching answers the segments whose words stand in a text.
function matching(text) {
  const lower = text.toLowerCase();
  return rules.filter((rule) => rule.words.some((word) => lower.includes(word))).map((rule) => rule.segment);
}

// customerText joins what the customer wrote in the last messages of a conversation.
async function customerText(sessionId) {
  const messages = await crisp.conversations.messages.list(sessionId, { limit: 20 });
  return messages
    .filter((message) => message.from === "user" && message.type === "text")
    .map((message) => message.content)
    .join("\n");
}

const open = await crisp.conversations.list({ not_resolved: true, limit: 100 });
const added = await map(open, async (conversation) => {
  const has = conversation.meta.segments ?? [];
  const fresh = matching(await customerText(conversation.session_id)).filter((segment) => !has.includes(segment));
  if (fresh.length > 0) {
    await crisp.conversations.meta.update(conversation.session_id, { segments: [...has, ...fresh] });
  }
  return fresh;
}, 8);

for (const { segment } of rules) {
  const count = added.filter((segments) => segments.includes(segment)).length;
  console.log(`${segment.padEnd(8)} added to ${count} of ${open.length} conversations`);
}
