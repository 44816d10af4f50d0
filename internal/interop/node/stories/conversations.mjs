// A conversation from its creation to its deletion, with everything that an operator does to it.
import { conversation, first, nobody, pages, pick, shape, websiteID } from "./shared.mjs";

export default async function ({ website, step }) {
  const { methods: site } = website("website");
  const listed = async (options) =>
    (await pages((page) => site.listConversations(websiteID, page, { per_page: 50, ...options }))).map((one) => one.session_id);

  const { session_id: id } = await step("create", () => site.createNewConversation(websiteID));
  await step("exists", () => site.checkConversationExists(websiteID, id));
  await step("another does not", () => site.checkConversationExists(websiteID, `session_${nobody}`));
  await step("hidden while nobody wrote", async () => (await listed({})).includes(id));
  await step("listed with the empty ones", async () => (await listed({ include_empty: 1 })).includes(id));
  await site.sendMessageInConversation(websiteID, id, { type: "text", from: "user", origin: "chat", content: "Zyzzyva lamp is broken" });
  await step("listed once a visitor wrote", async () => (await listed({})).includes(id));
  await step(
    "get",
    () => site.getConversation(websiteID, id),
    (one) => ({ ...pick("website_id", "state", "last_message", "preview_message", "unread", "assigned", "inbox_id", "is_blocked", "created_at")(one), ...shape({ meta: one.meta, active: one.active }) })
  );
  await step("search by text", async () => await listed({ search_query: "zyzzyva", search_type: "text" }));

  await step("update meta", () =>
    site.updateConversationMetas(websiteID, id, {
      nickname: "Zoë Müller", email: "zoe@example.com", phone: "+33123456789", subject: "Lamp",
      segments: ["vip", "lamps"], data: { zap: 3, plan: "pro", trial: false },
    }));
  await step("get meta", () => site.getConversationMetas(websiteID, id), pick("nickname", "email", "phone", "subject", "segments", "data"));
  await step("search by segment", async () => await listed({ search_query: "lamps", search_type: "segment" }));
  await step("search by filter", async () =>
    await listed({
      search_query: [{ model: "session", criterion: "segments", operator: "eq", query: ["lamps"] }],
      search_type: "filter",
    }));

  const operators = await site.listWebsiteOperators(websiteID);
  const operator = operators[0].details.user_id;
  await step("assign", () => site.assignConversationRouting(websiteID, id, { assigned: { user_id: operator } }));
  await step("assigned to that operator", async () => (await site.getConversationRoutingAssign(websiteID, id)).assigned.user_id === operator);
  await step("in the operator's list", async () => (await listed({ filter_assigned: operator })).includes(id));
  await step("unassign", () => site.assignConversationRouting(websiteID, id, { assigned: null }));
  await step("unassigned", () => site.getConversationRoutingAssign(websiteID, id));
  await step("in the list of unassigned", async () => (await listed({ filter_unassigned: 1 })).includes(id));
  const { inbox_id: inbox } = await first((page) => site.listConversations(websiteID, page), (one) => one.inbox_id);
  await step("move to an inbox", () => site.updateConversationInbox(websiteID, id, inbox));
  await step("in that inbox", async () => (await listed({ filter_inbox_id: inbox })).includes(id));
  await step("move to the main inbox", () => site.updateConversationInbox(websiteID, id, null));
  await step("move to an inbox that does not exist", () => site.updateConversationInbox(websiteID, id, nobody));

  await step("unread", () => site.getConversation(websiteID, id), pick("unread"));
  await step("mark read", () => site.markMessagesReadInConversation(websiteID, id, { from: "user", origin: "chat" }));
  await step("nothing unread", () => site.getConversation(websiteID, id), pick("unread"));
  await step("mark unread", () => site.markConversationAsUnread(websiteID, id, { from: "user" }));
  await step("in the list of unread", async () => (await listed({ filter_unread: 1 })).includes(id));
  await step("open", () => site.updateConversationOpenState(websiteID, id, true));

  await step("resolve", () => site.changeConversationState(websiteID, id, "resolved"));
  await step("state", () => site.getConversationState(websiteID, id));
  await step("in the list of resolved", async () => (await listed({ filter_resolved: 1 })).includes(id));
  await step("not in the list of the others", async () => (await listed({ filter_not_resolved: 1 })).includes(id));
  await step("a state that does not exist", () => site.changeConversationState(websiteID, id, "lost"));
  await step(
    "the event of resolving",
    () => site.getMessagesInConversation(websiteID, id),
    (list) => list.filter((message) => message.type === "event").map(pick("from", "content"))
  );

  await step("save participants", () =>
    site.saveConversationParticipants(websiteID, id, { participants: [{ type: "email", target: "bob@example.com" }] }));
  await step("participants", () => site.getConversationParticipants(websiteID, id));
  await step("block", () => site.blockIncomingMessagesForConversation(websiteID, id, true));
  await step("blocked", () => site.getBlockStatusForConversation(websiteID, id));
  await step("unblock", () => site.blockIncomingMessagesForConversation(websiteID, id, false));
  await step("verify", () => site.updateVerifyStatusForConversation(websiteID, id, true));
  await step("verified", () => site.getVerifyStatusForConversation(websiteID, id));
  await step("ask for an identity", () =>
    site.requestIdentityVerificationForConversation(websiteID, id, { identity: "email", method: "link" }));
  await step("redeem the link", () =>
    site.redeemIdentityVerificationLinkForConversation(websiteID, id, { identity: "email", token: "123456", recipient: "zoe@example.com" }));
  await step("transcript", () => site.requestEmailTranscriptForConversation(websiteID, id, "operator", "boss@example.com"));
  await step("reminder", () => site.scheduleReminderForConversation(websiteID, id, "2027-01-02T03:04:05Z", "call back"));
  await step("relations", () => site.getConversationRelations(websiteID, id), shape);
  await step("pages", () => site.listConversationPages(websiteID, id, 1));
  await step("events", () => site.listConversationEvents(websiteID, id, 1));
  await step("files", () => site.listConversationFiles(websiteID, id, 1));

  const segments = async () => (await pages((page) => site.listSuggestedConversationSegments(websiteID, page))).filter((one) => one.segment === "lamps");
  const keys = async () => (await pages((page) => site.listSuggestedConversationDataKeys(websiteID, page))).filter((one) => one.key === "zap");
  await step("segments in use", segments);
  await step("suggest a segment no more", () => site.deleteSuggestedConversationSegment(websiteID, "lamps"));
  await step("segments suggested", segments);
  await step("data keys in use", keys);
  await step("suggest a data key no more", () => site.deleteSuggestedConversationDataKey(websiteID, "zap"));
  await step("data keys suggested", keys);
  await step("the conversation keeps them", () => site.getConversationMetas(websiteID, id), pick("segments", "data"));

  await step("delete", () => site.removeConversation(websiteID, id));
  await step("get afterwards", () => site.getConversation(websiteID, id));

  await lists(site, step, listed);
  await originals(site, step);
  await spam(website, step);
}

// lists checks the seeded inbox: sizes of pages, the order and its end.
async function lists(site, step, listed) {
  const sizes = async (options) => {
    const all = [];
    for (let page = 1; ; page++) {
      const list = await site.listConversations(websiteID, page, options);
      if (!list.length) return all;
      all.push(list.length);
    }
  };
  const total = (await listed({})).length;
  const filled = (size) => (pages) => ({
    full: pages.slice(0, -1).every((length) => length === size),
    complete: pages.reduce((sum, length) => sum + length) === total,
  });
  await step("pages of 20", () => sizes({}), filled(20));
  await step("pages of 50", () => sizes({ per_page: 50 }), filled(50));
  await step("a page size that is refused", () => site.listConversations(websiteID, 1, { per_page: 500 }));
  await step("no conversation twice", async () => {
    const all = await listed({});
    return new Set(all).size === all.length;
  });
  const sorted = (list, name) => list.every((one, i) => i === 0 || list[i - 1][name] >= one[name]);
  await step("newest first", async () => sorted(await site.listConversations(websiteID, 1, { order_date_created: 1 }), "created_at"));
  await step("last updated first", async () => sorted(await site.listConversations(websiteID, 1, { order_date_updated: 1 }), "updated_at"));
}

// originals looks in the seeded inbox for a message that came by email, and reads it as it came.
async function originals(site, step) {
  let message;
  const { session_id } = await first(
    (page) => site.listConversations(websiteID, page),
    async (one) => (message = (await site.getMessagesInConversation(websiteID, one.session_id)).find(({ original }) => original))
  );
  const { original_id } = message.original;
  await step("the original of a message", () => site.getOriginalMessageInConversation(websiteID, session_id, original_id), shape);
  await step("an original that does not exist", () => site.getOriginalMessageInConversation(websiteID, session_id, nobody));
}

// spam goes from the report to the decision, which an operator's session alone may take.
async function spam(website, step) {
  const { methods: site } = website("user");
  const id = await conversation(site, "Buy cheap lamps");
  await step("report", () => site.reportConversation(websiteID, id, "spam"));
  const spams = await step("spams", () => site.listSpamConversations(websiteID, 1), shape);
  await step("content of a spam", () => site.resolveSpamConversationContent(websiteID, spams[0].spam_id), shape);
  await step("reject it", () => site.submitSpamConversationDecision(websiteID, spams[0].spam_id, "reject"));
  await step("gone", async () => (await site.listSpamConversations(websiteID, 1)).some((one) => one.spam_id === spams[0].spam_id));
}
