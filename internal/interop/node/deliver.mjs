// Sends messages as visitors do, with the official client: those of a conversation one after the other, and conversations
// side by side. Prints a line for each message that was taken.
import { connect, print, readInput } from "./client.mjs";

const { website, sessions, from, to } = await readInput();
const crisp = connect({ tier: "plugin" });
await Promise.all(sessions.map(async (session, lane) => {
  for (let n = from + lane; n < to; n += sessions.length) {
    const message = { type: "text", from: "user", origin: "chat", content: `question ${n}` };
    const { fingerprint } = await crisp.website.sendMessageInConversation(website, session, message);
    print({ n, session, fingerprint });
  }
}));
