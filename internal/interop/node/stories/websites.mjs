// Websites from creation to deletion, with settings, availability and operators.
import { each, nobody, pick, shape, websiteID } from "./shared.mjs";

const right = { method: "password", secret: "sandbox" };
const wrong = { method: "password", secret: "guessed" };

export default async function ({ website, step }) {
  const { methods: site } = website("user");

  await step("a free domain", () => site.checkWebsiteExists("lamps.example"));
  const { website_id: id } = await step("create", () => site.createWebsite({ name: "Lamps", domain: "lamps.example" }));
  await step("a taken domain", () => site.checkWebsiteExists("lamps.example"));
  await step("create with the taken domain", () => site.createWebsite({ name: "Lamps", domain: "lamps.example" }));
  await step("create without a domain", () => site.createWebsite({ name: "Lamps" }));
  await step("get", () => site.getWebsite(id));
  await step("its inbox is empty", () => site.listConversations(id, 1));
  await step("delete with a wrong password", () => site.deleteWebsite(id, wrong));
  await step("still there", () => site.getWebsite(id), pick("name"));
  await step("delete", () => site.deleteWebsite(id, right));
  await step("deletion is only scheduled", () => site.getWebsite(id), pick("name"));
  await step("abort the deletion", () => site.abortWebsiteDeletion(id));
  await step("get one that does not exist", () => site.getWebsite(nobody));

  await step("settings", () => site.getWebsiteSettings(id), shape);
  await step("update settings", () => site.updateWebsiteSettings(id, { name: "Lamps & more", chatbox: { wait_game: true } }));
  await step("the changed settings", () => site.getWebsiteSettings(id), (all) => ({ ...pick("name", "domain")(all), ...pick("wait_game")(all.chatbox) }));
  await step("a setting that does not exist", () => site.updateWebsiteSettings(id, { chatbox: { wait_gmae: true } }));

  await step("availability", () => site.getWebsiteAvailabilityStatus(websiteID), shape);
  await step("availability of operators", () => site.listWebsiteOperatorAvailabilities(websiteID), shape);
  await operators(site, step);
}

async function operators(site, step) {
  const list = await step("operators", () => site.listWebsiteOperators(websiteID), shape);
  await step("active operators", () => site.listLastActiveWebsiteOperators(websiteID), shape);
  await step("forget the active operators", () => site.flushLastActiveWebsiteOperators(websiteID));
  await step("none active", () => site.listLastActiveWebsiteOperators(websiteID));
  await step("write to the owners", () => site.sendEmailToWebsiteOperators(websiteID, { recipient: "owners", subject: "Hi", message: "All well?" }));
  await step("invite with a wrong password", () => site.inviteWebsiteOperator(websiteID, "new@example.com", "member", wrong));
  await step("invite", () => site.inviteWebsiteOperator(websiteID, "new@example.com", "member", right));

  const member = list.map((one) => one.details).find((one) => one.role === "member").user_id;
  await step("an operator", () => site.getWebsiteOperator(websiteID, member), shape);
  await step("change the membership", () => site.changeOperatorMembership(websiteID, member, "owner", "Lamp expert"));
  await step("the changed membership", () => site.getWebsiteOperator(websiteID, member), pick("role", "title"));
  await step("a role that does not exist", () => site.changeOperatorMembership(websiteID, member, "king"));
  await step("unlink", () => site.unlinkOperatorFromWebsite(websiteID, member));
  await step("get afterwards", () => site.getWebsiteOperator(websiteID, member));
}
