// The plugin of a token, the websites that have it and their settings for it. (tier: plugin)
const plugins = crisp.plugins;
const id = (await plugins.account.get()).plugin_id;
console.log(id, await plugins.session.exists());

const websites = await plugins.websites.list({ include_plan: true });
const configured = await plugins.websites.list({ filter_configured: true });
console.log(websites.length, websites[0].website_id === crisp.website_id, websites[0].plan.name, configured.length);
for await (const website of plugins.websites.each()) {
  console.log(website.website_id === crisp.website_id, Object.keys(website.settings)[0] ?? "nil");
}
const got = await plugins.get(id);
console.log(got.id === id, got.website_id === crisp.website_id, got.active, got.urn);

await plugins.settings.save(id, { greeting: "Hello", hours: { from: 9, to: 17 } });
await plugins.settings.update(id, { greeting: "Hi" });
const settings = await plugins.settings.get(id);
console.log(settings.plugin_id === id, settings.token === websites[0].token, settings.settings.greeting, settings.settings.hours.to);
console.log((await plugins.websites.list({ filter_configured: true })).length, (await plugins.changes.list())[0].difference);
console.log((await plugins.changes.list({ date_since: "2100-01-01" })).length);

await plugins.channel.forward(id, { namespace: "bot:step", payload: { step: 1 } });
await plugins.events.dispatch(id, { name: "bot-is-running", data: {} });
console.log("told");

try {
  await plugins.settings.get("5d1a1b9c-8a5e-4a52-9f4c-1c2f7e2d9a10");
} catch (err) {
  console.log(false, err.status, err.reason);
}
console.log((await plugins.endpoints.get()).socket.app.replace(/\d+/g, "n"));
