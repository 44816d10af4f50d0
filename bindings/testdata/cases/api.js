// Any call of the API by method and path.
let answer = await crisp.api.call({ path: "website/{website_id}/people/stats" });
console.log(answer.status, answer.headers["content-type"], answer.data.total);
answer = await crisp.api.get("/website/{website_id}/conversations/1", { query: { per_page: 20, filter_unread: true } });
console.log(answer.status, answer.data.length > 0);
const made = await crisp.api.post("website/{website_id}/people/profile", { body: { email: "a@b.example", person: { nickname: "A" } } });
const path = "website/{website_id}/people/profile/" + made.data.people_id;
console.log(made.status, (await crisp.api.head(path)).status);
await crisp.api.patch(path, { body: { notepad: "Seen" } });
console.log((await crisp.api.get(path, { headers: { "X-Request": "1" } })).data.notepad);
await crisp.api.put(path, { body: { email: "a@b.example", person: { nickname: "B" } } });
console.log((await crisp.api.get(path)).data.person.nickname, (await crisp.api.get(path)).data.notepad ?? "nil");
console.log((await crisp.api.delete(path)).status);
console.log((await crisp.api.get(path).catch((err) => err)).status);

for (const bad of ["../secrets", "https://other.example/v1/website", "//other.example/x", "website/%2e%2e/%2e%2e/x"]) {
  const err = await crisp.api.get(bad).catch((err) => err);
  console.log(false, err.name);
}
const caught = async (promise) => console.log("false", String(await promise.catch((err) => err)));
await caught(crisp.api.get("website", { headers: { Authorization: "Basic eDp5" } }));
await caught(crisp.api.call({ path: "website", methods: "GET" }));
await caught(crisp.api.call({ path: "website", method: "STEAL" }));
console.log(await crisp.people.get("nobody@acme.example").catch((err) => err instanceof CrispError && err instanceof Error && !(err instanceof FileError)));
