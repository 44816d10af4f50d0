// Messages: all nine types, reading, editing, and paging backwards through a long conversation.
import { conversation, each, pick, websiteID } from "./shared.mjs";

const contents = {
  text: "Where is my order?",
  note: "Asked the warehouse",
  file: { name: "bill.pdf", url: "https://example.com/bill.pdf", type: "application/pdf" },
  animation: { url: "https://example.com/wave.gif", type: "image/gif" },
  audio: { url: "https://example.com/voice.mp3", type: "audio/mpeg", duration: 7 },
  picker: {
    id: "size",
    text: "Which size?",
    choices: [
      { value: "s", label: "Small", selected: false },
      { value: "l", label: "Large", selected: false },
    ],
  },
  field: { id: "email", text: "Your address?", explain: "name@example.com" },
  carousel: {
    text: "Offers",
    targets: [{ title: "Lamp", description: "Bright", actions: [{ label: "Buy", url: "https://example.com/lamp" }] }],
  },
  event: { namespace: "state:resolved" },
};

export default async function ({ website, step }) {
  const { methods: site, crisp } = website("website");
  const { session_id } = await site.createNewConversation(websiteID);

  for (const [type, content] of Object.entries(contents)) {
    const from = type === "text" ? "user" : "operator";
    await step(`send ${type}`, () => site.sendMessageInConversation(websiteID, session_id, { type, from, origin: "chat", content }));
  }
  const list = await step(
    "list all types",
    () => site.getMessagesInConversation(websiteID, session_id),
    each(pick("session_id", "website_id", "type", "from", "origin", "content", "stamped", "read", "delivered", "timestamp", "fingerprint"))
  );

  const details = {
    type: "text", from: "operator", origin: "chat", content: "On its way", fingerprint: 150698569649423,
    timestamp: 1767225600000, stealth: true, translated: true, automated: true,
    user: { type: "participant", nickname: "Ada", avatar: "https://example.com/ada.png" },
    references: [{ type: "link", name: "Tracking", target: "https://example.com/t/1" }],
    properties: { ticket: "T-1", score: 3, hot: true },
  };
  await step("send with a fingerprint and details", () => site.sendMessageInConversation(websiteID, session_id, details));
  await step("get it", () => site.getMessageInConversation(websiteID, session_id, details.fingerprint));
  await step("edit it", () => site.updateMessageInConversation(websiteID, session_id, details.fingerprint, "On its way!"));
  await step(
    "read the edit",
    () => site.getMessageInConversation(websiteID, session_id, details.fingerprint),
    pick("content", "edited", "timestamp", "fingerprint")
  );
  await step("delete it", () => site.removeMessageInConversation(websiteID, session_id, details.fingerprint));
  await step("get it afterwards", () => site.getMessageInConversation(websiteID, session_id, details.fingerprint));

  const fingerprints = list.map((message) => message.fingerprint);
  await step("mark the visitor's message as read", () =>
    site.markMessagesReadInConversation(websiteID, session_id, { from: "user", origin: "chat", fingerprints: [fingerprints[0]] }));
  await step("mark the file as delivered", () =>
    site.markMessagesDeliveredInConversation(websiteID, session_id, { from: "operator", origin: "chat", fingerprints: [fingerprints[2]] }));
  await step(
    "the marks",
    async () => Promise.all([0, 2].map((i) => site.getMessageInConversation(websiteID, session_id, fingerprints[i]))),
    each(pick("type", "read", "delivered"))
  );
  await step("compose", () =>
    site.composeMessageInConversation(websiteID, session_id, { type: "start", from: "operator", excerpt: "Let me" }));

  await step("a type that does not exist", () =>
    site.sendMessageInConversation(websiteID, session_id, { type: "song", from: "user", origin: "chat", content: "la" }));
  await step("content of another type", () =>
    site.sendMessageInConversation(websiteID, session_id, { type: "file", from: "user", origin: "chat", content: "la" }));
  await step("a field is missing", () => site.sendMessageInConversation(websiteID, session_id, { type: "text", from: "user", content: "la" }));
  await step("a conversation that does not exist", () =>
    site.sendMessageInConversation(websiteID, "session_00000000-0000-4000-8000-000000000000", {
      type: "text", from: "user", origin: "chat", content: "la",
    }));

  await backwards(site, crisp, step);
}

// backwards sends more messages than a batch holds and reads them all, as a user of the official client has to: it shows
// no status, so that 206 and 200 look alike and the end is an empty batch. The statuses are read past it.
async function backwards(site, crisp, step) {
  const session_id = await conversation(site, "message 0");
  const start = Date.UTC(2026, 0, 1);
  for (let i = 1; i <= 44; i++) {
    await site.sendMessageInConversation(websiteID, session_id, {
      type: "text", from: i % 2 ? "operator" : "user", origin: "chat", content: `message ${i}`, timestamp: start + i * 1000,
    });
  }
  const batches = [];
  const statuses = [];
  let before;
  for (;;) {
    const url = crisp.prepareRestUrl(["website", websiteID, "conversation", session_id, "messages"]);
    const headers = { Authorization: `Basic ${crisp.auth.token}`, "X-Crisp-Tier": crisp.auth.tier };
    statuses.push((await fetch(before ? `${url}?timestamp_before=${before}` : url, { headers })).status);
    const batch = await site.getMessagesInConversation(websiteID, session_id, before);
    if (!batch.length) break;
    batches.push(batch.map((message) => message.content).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)));
    before = Math.min(...batch.map((message) => message.timestamp));
  }
  await step("page backwards", async () => batches);
  await step("206 while older ones exist", async () => statuses);
  await step(
    "after a date",
    () => site.getMessagesInConversation(websiteID, session_id, undefined, start + 43_000),
    (list) => list.map((message) => message.content).sort()
  );
  await step(
    "around a date",
    () => site.getMessagesInConversation(websiteID, session_id, undefined, undefined, start + 20_000),
    (list) => ({ contains: list.some((message) => message.content === "message 20"), batch: list.length })
  );
}
