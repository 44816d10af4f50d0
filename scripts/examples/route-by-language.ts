/**
 * Assigns a conversation that nobody has to an operator who speaks the visitor's language.
 * Letters tell Japanese and Arabic; otherwise the language is that of the visitor's browser.
 * @on message:send where from == "user" and type == "text"
 * @key session_id
 * @timeout 1m
 * @permissions conversations:read conversations:write operators:read
 */

// Who speaks what, by the beginning of the address. Put your team here.
const speakers: Record<string, string> = { fr: "chloe@", ja: "kenji@", pt: "sofia@", es: "sofia@", en: "tobias@" };

function languageOf(conversation: any): string {
  if (/[\u3000-\u9fff]/.test(event.content)) return "ja"; // kana and Chinese characters
  if (/[\u0600-\u06ff]/.test(event.content)) return "ar";
  return (conversation.meta.device?.locales?.[0] ?? "en").slice(0, 2);
}

const conversation = await crisp.conversations.get(event.session_id);
if (conversation.assigned) {
  console.log("somebody has it");
} else {
  const language = languageOf(conversation);
  const address = speakers[language] ?? speakers.en;
  for (const { details } of await crisp.websites.operators.list()) {
    if (details.email.startsWith(address)) {
      await crisp.conversations.assign(event.session_id, details.user_id, { silent: true });
      console.log(`${language}: assigned to ${details.first_name}`);
    }
  }
}
