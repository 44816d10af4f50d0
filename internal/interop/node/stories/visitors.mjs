// Visitors, and what an operator does live with one of them: browsing, calls, widgets and tools.
import { conversation, pages, shape, websiteID } from "./shared.mjs";

export default async function ({ website, step }) {
  const { methods: site } = website("website");
  const all = await pages((page) => site.listVisitors(websiteID, page));
  await step("as many as counted", async () => (await site.countVisitors(websiteID)).count === all.length);
  await step("count", () => site.countVisitors(websiteID), shape);
  await step("the visitors", async () => all, shape);
  await step("on the map", () => site.pinpointVisitorsOnMap(websiteID), shape);
  await step("around Nantes", () => site.pinpointVisitorsOnMap(websiteID, -1.5534, 47.2173, 50), (list) => Array.isArray(list));
  // The sandbox takes the UUID of a session for its chatbox token.
  const token = all[0].session_id.replace("session_", "");
  await step("the session of a token", async () => (await site.getSessionIdentifierFromToken(websiteID, token)).session_id === all[0].session_id);
  await step("a token nobody has", () => site.getSessionIdentifierFromToken(websiteID, "000000000000"));

  await live(site, step, all);
  await blocked(website, step);
  await widgets(website, step);
}

async function live(site, step, all) {
  const online = all.find((visitor) => visitor.active !== false).session_id;
  const offline = await conversation(site);
  await step("initiate with a visitor", () => site.initiateConversationWithExistingSession(websiteID, online));
  await step("ask for feedback", () => site.requestUserFeedbackForConversation(websiteID, online));
  await step("purge the chatbox", () => site.requestChatboxBindingPurgeForConversation(websiteID, online));
  await step("purge the chatbox of somebody who left", () => site.requestChatboxBindingPurgeForConversation(websiteID, offline));

  await step("start browsing", () => site.initiateBrowsingSessionForConversation(websiteID, online));
  const browsing = await step("browsing sessions", () => site.listBrowsingSessionsForConversation(websiteID, online), shape);
  const id = browsing[0].browsing_id;
  await step("watch", () => site.sendActionToExistingBrowsingSession(websiteID, online, id, "start"));
  await step("assist", () => site.assistExistingBrowsingSession(websiteID, online, id, { action: "mouse", mouse: { x: 1, y: 2 } }));

  await step("no call yet", () => site.getOngoingCallSessionForConversation(websiteID, online));
  await step("call", () => site.initiateNewCallSessionForConversation(websiteID, online, "audio"), shape);
  const call = await step("the call", () => site.getOngoingCallSessionForConversation(websiteID, online), shape);
  await step("signal", () =>
    site.transmitSignalingOnOngoingCallSession(websiteID, online, call.call_id, { type: "sdp", payload: { sdp: "v=0" } }));
  await step("hang up", () => site.abortOngoingCallSessionForConversation(websiteID, online, call.call_id));
  await step("no call any more", () => site.getOngoingCallSessionForConversation(websiteID, online));
}

async function blocked(website, step) {
  const { methods: site } = website("user");
  const { rule: [rule] } = await step("blocked visitors", () => site.countBlockedVisitors(websiteID), shape);
  await step("blocked by a rule", () => site.countBlockedVisitorsInRule(websiteID, rule), shape);
  await step("clear the rule", () => site.clearBlockedVisitorsInRule(websiteID, rule));
  // The official client takes a falsy answer for none and hands out {}.
  await step("nobody blocked by it", () => site.countBlockedVisitorsInRule(websiteID, rule));
}

async function widgets(website, step) {
  const { methods: operator } = website("user");
  const { methods: plugin } = website("plugin");
  const id = await conversation(operator);
  const pluginID = "55555555-5555-4555-8555-555555555555";
  await step("press a widget's button", () =>
    operator.deliverWidgetButtonActionForConversation(websiteID, id, pluginID, "section", "item", { a: 1 }), shape);
  await step("fetch a widget's data", () =>
    operator.deliverWidgetDataFetchActionForConversation(websiteID, id, pluginID, "section", "item", { a: 1 }), shape);
  await step("edit a widget's data", () =>
    operator.deliverWidgetDataEditActionForConversation(websiteID, id, pluginID, "section", "item", "new"), shape);
  await step("ask a plugin's tool", () => plugin.requestToolCallForConversation(websiteID, id, "list_tools"), shape);
}
