// Files read and written in parts.
await files.write("out/deep/one.txt", "first\n");
await files.append("out/deep/one.txt", "second\r\n\nlast");
await files.append("new/log.txt", "a");
await files.append("new/log.txt", "b\n");
await files.mkdir("made/here");
await files.mkdir("made/here");
console.log(await files.exists("made/here"), await files.exists("made/there"), (await files.read("new/log.txt")) === "ab\n");
for await (const line of files.lines("out/deep/one.txt")) console.log(`[${line}]`);
for await (const line of files.lines("-")) console.log(`[${line}]`);
for await (const line of files.lines("out/deep/one.txt")) { console.log(line); break; }

let w = await csv.writer("out/people.csv", ["name", "plan"]);
w.write({ name: "Ada, Countess", plan: "pro", extra: 1 });
w.write({ name: "Bo\n2" });
w.write(["Cy", 3]);
console.log(await files.exists("out/people.csv"));
w.close();
w.close();
const message = (f) => { try { f(); } catch (err) { return err.message; } };
console.log(message(() => w.write({})));
for await (const row of csv.rows("out/people.csv")) console.log(`<${row.name}|${row.plan}>`);
for await (const row of csv.rows("out/people.csv", { header: false })) console.log(row.length, row[1]);

w = await csv.writer("out/plain.csv", null, { header: false, delimiter: ";" });
w.write({ a: 1, b: "x;y" });
console.log(message(() => w.write({ c: 1 })));
w.close();
console.log(await files.read("out/plain.csv"));
w = await csv.writer("out/empty.csv", ["a", "b"]);
w.close();
console.log((await files.read("out/empty.csv")) === "a,b\n");

await files.write("bad.csv", "\ufeffa,b\n1,2\n3,4,5\n");
try { for await (const row of csv.rows("bad.csv")) console.log(row.a, row.b); } catch (err) { console.log("false", String(err)); }
try { csv.rows("missing.csv"); } catch (err) { console.log("false", String(err)); }
try { files.lines("../x"); } catch (err) { console.log("false", String(err)); }
