/**
 * Assigns conversations that nobody has taken to operators who speak the customer's language.
 * The language comes from the customer's browser. Each language's operators take turns.
 * @timeout 10m
 * @permissions conversations:read conversations:write operators:read
 */

const operators: any[] = await crisp.websites.operators.list();

// Operators' ids by language. Put your team's here; the demo gives each operator two languages in turn.
const languages = ["en", "fr", "de", "es", "it", "pt", "nl", "pl", "ja", "ar"];
const speakers = new Map<string, string[]>(
  languages.map((language, i) => [language, [operators[i % operators.length].details.user_id]]),
);
const fallback: string[] = [operators[0].details.user_id];

const turns = new Map<string, number>();
const assigned: { language: string; session_id: string; user_id: string }[] = [];
for await (const conversation of crisp.conversations.each({ unassigned: true, not_resolved: true })) {
  const language = (conversation.meta.device?.locales?.[0] ?? "en").slice(0, 2);
  const team = speakers.get(language) ?? fallback;
  const turn = turns.get(language) ?? 0;
  turns.set(language, turn + 1);
  assigned.push({ language, session_id: conversation.session_id, user_id: team[turn % team.length] });
}

await map(assigned, ({ session_id, user_id }) => crisp.conversations.assign(session_id, user_id, { silent: true }), 4);

for (const language of [...turns.keys()].sort()) {
  console.log(`${language}: ${turns.get(language)} assigned`);
}
console.log(`${assigned.length} conversations assigned in total`);
