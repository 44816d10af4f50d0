// The modules around crisp.
console.log(time.now(), time.ago("1d"), time.parse("2026-03-01"), time.duration(93784000));
console.log(time.format(new Date()), time.format(time.now(), "%d/%m/%Y %H:%M", { zone: "Europe/Paris" }));
await time.sleep(1);
await time.sleep("1ms");

console.log(json.encode({ a: json.null, b: [1, 2.5, "x"], c: json.array(), d: json.object() }));
console.log(json.encode({ a: 1 }, { indent: 2 }));
const decoded = json.decode('{"list": [1, "two", null, {"deep": true}], "text": "é\\n"}');
console.log(decoded.list[0], decoded.list[1], decoded.list[3].deep, decoded.list.length, new TextEncoder().encode(decoded.text).length);
console.log(json.encode(decoded));

const rows = csv.parse("name,plan\nAda,pro\n\"Bo, jr.\",free\n");
console.log(rows.length, rows[0].name, rows[1].name, rows[1].plan);
console.log(csv.format(rows, { columns: ["plan", "name"], delimiter: ";" }));

console.log(crypto.sha256("abc"));
console.log(crypto.hmac("key", "text", { encoding: "base64" }));
console.log(crypto.base64.encode("héllo"), crypto.base64.decode("aMOpbGxv"));
console.log(crypto.base64.encode(crypto.base64.decode("//79AAE=", { bytes: true })));
console.log(crypto.uuid().length, crypto.uuid() !== crypto.uuid());

console.log(args.length, args[0], args[1]);
console.log(env.GREETING, env.get("GREETING"), env.PATH ?? "nil");
try { env.get("PATH"); } catch (err) { console.log("false", String(err)); }

await files.write("notes.txt", "first line\n");
console.log((await files.read("notes.txt")) === "first line\n", await files.exists("notes.txt"), await files.exists("other.txt"));
console.log(await files.read("-"));
console.log((await files.read("../notes.txt").catch((err) => err)).name);

log.debug("details", { count: 3 });
log.info("started");
log.warn("slow");
log.error("failed", { reason: "none" });

printTable([{ name: "Ada", seats: 12 }, { name: "陈伟", seats: 3 }]);
console.table([["a", 1], ["b", 22]]);
printTable([], { columns: ["name"] });
