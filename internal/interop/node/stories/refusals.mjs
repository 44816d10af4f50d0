// What the service refuses whatever the operation is: credentials, tiers, routes, methods and bodies.
import { nobody, websiteID } from "./shared.mjs";

export default async function ({ website, step }) {
  const { methods: site, crisp } = website("website");

  await step("a wrong key", () => website("website", { key: "guessed" }).methods.countVisitors(websiteID));
  await step("a wrong identifier", () => website("website", { identifier: "somebody" }).methods.countVisitors(websiteID));
  await step("another's website", () => site.countVisitors(nobody));

  const body = { name: "Lamps", domain: "lamps.example" };
  await step("website tier creates a website", () => site.createWebsite(body));
  await step("plugin tier creates a website", () => website("plugin").methods.createWebsite(body));
  await step("website tier calls a tool", () => site.requestToolCallForConversation(websiteID, `session_${nobody}`, "list_tools"));
  await step("plugin tier counts visitors", () => website("plugin").methods.countVisitors(websiteID).then(() => "counted"));
  await step("user tier counts visitors", () => website("user").methods.countVisitors(websiteID).then(() => "counted"));
  await step("a tier that does not exist", () => website("admin").methods.countVisitors(websiteID));

  const url = (...path) => crisp.prepareRestUrl(path);
  await step("a route that does not exist", () => crisp.get(url("website", websiteID, "moon")));
  await step("a route below the API's base alone", () => crisp.get(url()));
  await step("a method that the route does not take", () => crisp.put(url("website", websiteID, "visitors", "count")));
  await step("HEAD of a route that does not exist", () => crisp.head(url("website", websiteID, "moon")));
  await step("a page number that is none", () => crisp.get(url("website", websiteID, "conversations", "first")));
  await step("page zero", () => crisp.get(url("website", websiteID, "conversations", "0")));
  await step("a query value that is none", () => site.listConversations(websiteID, 1, { filter_unread: "perhaps" }));
  await step("a body that is a list", () => crisp.patch(url("website", websiteID, "settings"), null, ["name"]));
}
