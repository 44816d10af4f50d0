// People: create, read, merge, replace, delete, with their data, events and subscription, and the lists of all of them.
import { conversation, each, nobody, pages, pick, shape, websiteID } from "./shared.mjs";

const card = {
  email: "zoe@example.com",
  person: {
    nickname: "Zoë Müller",
    phone: "+33123456789",
    locales: ["fr"],
    employment: { name: "Acme", title: "CTO", role: "engineering", seniority: "executive" },
    geolocation: { country: "FR", city: "Nantes", coordinates: { latitude: 47.2173, longitude: -1.5534 } },
  },
  company: { name: "Acme", url: "https://acme.example" },
  segments: ["zebra"],
  notepad: "likes lamps",
};

export default async function ({ website, step }) {
  const { methods: site } = website("website");

  const { people_id: id } = await step("create", () => site.addNewPeopleProfile(websiteID, card));
  await step("exists", () => site.checkPeopleProfileExists(websiteID, id));
  await step("another does not", () => site.checkPeopleProfileExists(websiteID, nobody));
  await step("get", () => site.getPeopleProfile(websiteID, id), pick("people_id", ...Object.keys(card)));
  await step("get by address", () => site.getPeopleProfile(websiteID, card.email), pick("people_id", "email"));
  await step("create with a taken address", () => site.addNewPeopleProfile(websiteID, { email: card.email, person: { nickname: "Zo" } }));
  await step("create without a person", () => site.addNewPeopleProfile(websiteID, { email: "yan@example.com" }));
  await step("create with a wrong type", () => site.addNewPeopleProfile(websiteID, { email: "yan@example.com", person: "Yan" }));

  await step("update one field", () => site.updatePeopleProfile(websiteID, id, { person: { nickname: "Zoë" } }));
  await step("the rest stayed", () => site.getPeopleProfile(websiteID, id), pick(...Object.keys(card)));
  await step("replace", () => site.savePeopleProfile(websiteID, id, { email: "zoe.m@example.com", person: { nickname: "Zoë M." } }));
  await step("the rest went", () => site.getPeopleProfile(websiteID, id), pick(...Object.keys(card)));
  const second = await site.addNewPeopleProfile(websiteID, { email: "yan@example.com", person: { nickname: "Yan" }, segments: ["zebra"] });
  await step("update to a taken address", () => site.updatePeopleProfile(websiteID, second.people_id, { email: "zoe.m@example.com" }));

  await data(site, step, id);
  await lists(site, step, id);

  await step("delete", () => site.removePeopleProfile(websiteID, id));
  await step("get afterwards", () => site.getPeopleProfile(websiteID, id));

  const { methods: owner } = website("user");
  await step("campaigns", () => owner.listPeopleCampaigns(websiteID, second.people_id, 1));
  await step("export", () => owner.exportPeopleProfiles(websiteID));
  await step(
    "import",
    () =>
      owner.importPeopleProfiles(websiteID, {
        url: "https://example.com/people.csv",
        mapping: [{ column: 0, field: "email" }],
        options: { column_separator: ",", skip_header: true },
      }),
    shape
  );
}

async function data(site, step, id) {
  await step("save data", () => site.savePeopleData(websiteID, id, { data: { zone: "north", orders: 3 } }));
  await step("update data", () => site.updatePeopleData(websiteID, id, { data: { orders: 4, trial: true } }));
  await step("get data", () => site.getPeopleData(websiteID, id));
  const keys = async () => (await pages((page) => site.listSuggestedPeopleDataKeys(websiteID, page))).filter((one) => one.key === "zone");
  await step("data keys in use", keys);
  await step("suggest a data key no more", () => site.deleteSuggestedPeopleDataKey(websiteID, "zone"));
  await step("data keys suggested", keys);
  await step("the profile keeps it", () => site.getPeopleData(websiteID, id));

  await step("add an event", () => site.addPeopleEvent(websiteID, id, { text: "Zoomed in", data: { factor: 2 }, color: "red" }));
  await step("events", () => site.listPeopleEvents(websiteID, id, 1), each(pick("text", "data", "color", "timestamp")));
  await step("an event of a color that does not exist", () => site.addPeopleEvent(websiteID, id, { text: "Zoomed", color: "mauve" }));
  const events = async () => (await pages((page) => site.listSuggestedPeopleEvents(websiteID, page))).filter((one) => one.text === "Zoomed in");
  await step("event names in use", events);
  await step("suggest an event name no more", () => site.deleteSuggestedPeopleEvent(websiteID, "Zoomed in"));
  await step("event names suggested", events);

  await step("subscription", () => site.getPeopleSubscriptionStatus(websiteID, id));
  await step("unsubscribe", () => site.updatePeopleSubscriptionStatus(websiteID, id, { email: false }));
  await step("unsubscribed", () => site.getPeopleSubscriptionStatus(websiteID, id));
}

async function lists(site, step, id) {
  const all = await pages((page) => site.listPeopleProfiles(websiteID, page));
  await step("nobody twice", async () => new Set(all.map((one) => one.people_id)).size === all.length);
  await step("as many as counted", async () => (await site.getPeopleStatistics(websiteID)).total === all.length);
  await step(
    "search by text",
    () => site.listPeopleProfiles(websiteID, 1, undefined, undefined, undefined, undefined, "zoe.m@example.com"),
    each(pick("email"))
  );
  const filter = JSON.stringify([{ model: "people", criterion: "segments", operator: "eq", query: ["zebra"] }]);
  await step("search by segment", () => site.listPeopleProfiles(websiteID, 1, undefined, undefined, "and", filter), each(pick("email")));
  const created = (await site.listPeopleProfiles(websiteID, 1, "created_at", "ascending")).map((one) => one.created_at);
  await step("oldest first", async () => created.every((time, i) => i === 0 || created[i - 1] <= time));
  const segments = async () => (await pages((page) => site.listSuggestedPeopleSegments(websiteID, page))).filter((one) => one.segment === "zebra");
  await step("segments in use", segments);
  await step("suggest a segment no more", () => site.deleteSuggestedPeopleSegment(websiteID, "zebra"));
  await step("segments suggested", segments);
  await step("the profile is still in it", () => site.listPeopleProfiles(websiteID, 1, undefined, undefined, "and", filter), each(pick("email")));

  const session = await conversation(site);
  await site.updateConversationMetas(websiteID, session, { email: "zoe.m@example.com" });
  await step("conversations", () => site.listPeopleConversations(websiteID, id, 1), (list) => ({ found: list.includes(session), length: list.length }));
}
