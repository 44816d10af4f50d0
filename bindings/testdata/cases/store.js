// Values that stay.
console.log((await store.get("seen")) ?? "nil", await store.get("seen", 7));
await store.set("seen", { ids: ["a", "b"], last: 3 });
console.log(json.encode(await store.get("seen")), (await store.get("seen")).ids[1]);
console.log(await store.compareAndSet("seen", { last: 3, ids: ["a", "b"] }, "next"), await store.compareAndSet("seen", "other", 1));
console.log(await store.compareAndSet("first", null, 1, { expires_in: "1h" }), await store.compareAndSet("first", null, 2));
console.log(await store.increment("count"), await store.increment("count", 2.5), await store.increment("count", -1, { expires_in: "1d" }));
console.log(await store.delete("seen"), await store.delete("seen"));

await store.set("user:2", true);
await store.set("user:1", "Ada", { expires_in: 60000 });
for (const entry of await store.list("user:")) {
  console.log(entry.key, entry.value, "expires_at" in entry, entry.updated_at > 0);
}
console.log((await store.list()).length, (await store.list({ limit: 2 })).length, (await store.list("user:", { limit: 1 })).length);

console.log((await store.shared.get("count")) ?? "nil");
await store.shared.set("count", 1);
console.log(await store.shared.increment("count"), await store.shared.compareAndSet("count", 2, 3), (await store.shared.list()).length, await store.get("count"));
console.log(await store.shared.delete("count"));

for (const call of [
  () => store.set("", 1),
  () => store.set("key"),
  () => store.set("key", 1, { expires_in: "soon" }),
  () => store.set("key", 1, { expires_in: 0 }),
  () => store.set("key", 1, { ttl: 5 }),
  () => store.set("key", "x".repeat(1048575)),
  () => store.compareAndSet("key", 1),
  () => store.list("", { limit: 0 }),
  () => store.increment("user:1"),
  () => store.increment("count", "2"),
]) {
  const err = await call().catch((err) => err);
  console.log(err.name, err.message.replace("compareAndSet", "compare_and_set"), err.hint ?? "nil");
}
