// A null survives from JSON to JSON, read, changed, copied into another value, stored, and sent.
const show = (value) => console.log(json.encode(value));
const t = json.decode('{"c": null, "d": 1, "e": {"f": null}, "l": [null, {"g": null}], "m": [], "n": {}}');
show(t);
console.log(t.c == null, t.e.f == null, !t.c);
t.d = 2;
show(t);
t.c = 5;
show(t);
delete t.c;
show(t);
show({ inner: json.decode('{"c": null}'), list: [json.decode('{"c": null}')] });
show(json.decode(json.encode(json.decode('{"c": null}'))));
await store.set("nulls", json.decode('{"c": null}'));
show(await store.get("nulls"));
const answer = (await crisp.api.get("website/{website_id}/people/stats")).data;
answer.none = null;
show(json.decode(json.encode(answer)).none === null);
