// The plugins of the websites of a user, and where events come from. (tier: user)
const own = await crisp.plugins.list();
const all = await crisp.plugins.subscriptions.list();
console.log(own.length, own[0].website_id === crisp.website_id, all.length, all[0].id === own[0].id, (await crisp.plugins.get(own[0].id)).name);
console.log((await crisp.websites.endpoints.get()).socket.app.replace(/\d+/g, "n"));

await crisp.plugins.unsubscribe(own[0].id);
console.log((await crisp.plugins.list()).length, (await crisp.plugins.get(own[0].id).catch((err) => err)).reason);
await crisp.plugins.subscribe({ plugin_id: own[0].id });
console.log((await crisp.plugins.list()).length);
