// The plugins of the websites of a user, and where events come from. (tier: user)
const own = await crisp.plugins.list();
const all = await crisp.plugins.subscriptions.list();
console.log(own.length, own[0].website_id === crisp.website_id, all.length, all[0].id === own[0].id, (await crisp.plugins.get(own[0].id)).name);
console.log((await crisp.websites.endpoints.get()).socket.app.replace(/\d+/g, "n"));
