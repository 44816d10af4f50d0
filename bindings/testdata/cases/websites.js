// Websites, their settings and availability. (tier: user)
const websites = crisp.websites;
const own = await websites.get();
console.log(own.website_id === crisp.website_id, own.name, await websites.exists(own.domain), await websites.exists({ domain: "nobody.example" }));
const made = await websites.create({ name: "Moss", domain: "moss.example" });
console.log(await websites.exists("moss.example"), (await websites.get(made.website_id)).name, (await crisp.website(made.website_id).websites.get()).name);
console.log(crisp.website(made.website_id).website_id === made.website_id, (await crisp.website(made.website_id).conversations.list()).length, (await crisp.conversations.list({ website_id: made.website_id })).length);

const err = await websites.delete(made.website_id, { verify: { method: "password", secret: "wrong" } }).catch((err) => err);
console.log(false, err.status, err.reason);
await websites.delete(made.website_id, { verify: { method: "password", secret: "sandbox" } });
await websites.restore(made.website_id);
console.log(await websites.exists("moss.example"));
console.log((await websites.delete().catch((err) => err)).message);

await websites.settings.update({ name: "Fernleaf & Moss", chatbox: { home: false } });
const settings = await websites.settings.get();
console.log(settings.name, settings.chatbox.home, (await websites.get()).name);
console.log((await websites.availability.get()).status, (await websites.availability.list()).length > 0);
