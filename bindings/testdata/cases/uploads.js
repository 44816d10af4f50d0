// Requests whose answers come as events. (tier: user)
await crisp.uploads.request({ namespace: "upload", id: "a", file: { name: "a.txt", type: "text/plain" } });
await crisp.media.animations.search(1, { list_id: 7, search_query: "fern" });
console.log("requested");
let err = await crisp.uploads.request({ namespace: "cellar", id: "a", file: {} }).catch((err) => err);
console.log(false, String(err));
err = await crisp.media.animations.search(1).catch((err) => err);
console.log(false, String(err));
