// The plugin of a token, the websites that installed it and their settings for it.
import { shape, websiteID } from "./shared.mjs";

export default async function ({ website, step }) {
  const { plugin, methods: site } = website("plugin");
  const { plugin_id: id } = await step("account", () => plugin.getConnectAccount());
  await step("session", () => plugin.checkConnectSessionValidity());
  await step("websites", () => plugin.listAllConnectWebsites(1, false, true), shape);
  await step("past the end", () => plugin.listAllConnectWebsites(2));
  await step("configured", () => plugin.listAllConnectWebsites(1, true));
  await step("details", () => plugin.getSubscriptionDetails(websiteID, id), shape);

  await step("save settings", () => plugin.saveSubscriptionSettings(websiteID, id, { greeting: "Hello", hours: { from: 9 } }));
  await step("change settings", () => plugin.updateSubscriptionSettings(websiteID, id, { greeting: "Hi" }));
  await step("settings", async () => (await plugin.getSubscriptionSettings(websiteID, id)).settings);
  await step("changes", () => plugin.listConnectWebsitesSince("2026-01-01T00:00:00Z"), (list) => list.map((w) => w.difference));
  await step("settings of another plugin", () => plugin.getSubscriptionSettings(websiteID, websiteID));

  await step("to a channel", () => plugin.forwardPluginPayloadToChannel(websiteID, id, { namespace: "sync", payload: { n: 1 } }));
  await step("an event", () => plugin.dispatchPluginEvent(websiteID, id, { name: "order:paid", data: { total: 12.5 } }));

  await step("endpoints", () => plugin.getConnectEndpoints(), shape);
  await step("endpoints of the website", () => site.getConnectEndpoints(websiteID), shape);

  const { plugin: own } = website("user");
  await step("plugins of the website", () => own.listSubscriptionsForWebsite(websiteID), shape);
  await step("plugins of all websites", () => own.listAllActiveSubscriptions(), shape);
  await step("remove the plugin", () => own.unsubscribePluginFromWebsite(websiteID, id));
  await step("not for the plugin any more", () => site.getConnectEndpoints(websiteID));
  await step("no plugin to remove", () => own.unsubscribePluginFromWebsite(websiteID, id));
  await step("install another", () => own.subscribeWebsiteToPlugin(websiteID, websiteID));
  await step("install it again", () => own.subscribeWebsiteToPlugin(websiteID, id));
  await step("without its settings", async () => (await plugin.getSubscriptionSettings(websiteID, id)).settings);
  await step("account of a user", () => own.getConnectAccount());
}
