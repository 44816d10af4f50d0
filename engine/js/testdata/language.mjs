// Parts of the language that goja lacks. language.txt has what it prints, here and in Node 24.
const log = (...values) => console.log(JSON.stringify(values));
const attempt = (f) => { try { return f() } catch (e) { return e.name } };
function* numbers() { try { yield 1; yield 2; yield 3; yield 4 } finally { log("closed") } }
log([...numbers().map((x, i) => x * 10 + i)], numbers().filter((x) => x % 2).toArray(), numbers().take(2).toArray(), numbers().drop(2).toArray());
log(numbers().flatMap((x) => [x, x]).toArray(), numbers().reduce((a, b) => a + b), numbers().reduce((a, b) => a + b, 10), [].values().reduce((a) => a, "none"));
log(numbers().some((x) => x > 1), numbers().every((x) => x < 3), numbers().find((x) => x > 2), numbers().find((x) => x > 9) ?? "none");
const seen = []; numbers().forEach((x, i) => seen.push([x, i])); log(seen);
log(new Map([["a", 1], ["b", 2]]).keys().map((k) => k + "!").toArray(), new Set([1, 2, 3]).values().filter((x) => x > 1).map((x) => x * 2).toArray(), [5, 6].entries().map(([i, x]) => i + x).toArray());
for (const x of numbers().map((x) => x * 2)) { log(x); break }
const early = numbers().map((x) => x); log(early.return(), early.next());
log(attempt(() => numbers().map(1)), attempt(() => numbers().take(-1)), attempt(() => numbers().take(NaN)), attempt(() => [].values().reduce((a) => a)), attempt(() => numbers().flatMap(() => "text").next()));
log(attempt(() => numbers().map(() => { throw new RangeError() }).next()));
log(Iterator.from({ next: () => ({ done: false, value: 7 }) }).take(2).toArray(), Iterator.from([1, 2]).toArray(), Iterator.from("añ").toArray(), attempt(() => Iterator.from(5)), attempt(() => new Iterator()));
class Countdown extends Iterator { constructor(n) { super(); this.n = n } next() { return this.n > 0 ? { done: false, value: this.n-- } : { done: true, value: undefined } } }
log([...new Countdown(3).map((x) => x * x)], new Countdown(2) instanceof Iterator, numbers() instanceof Iterator, Object.prototype.toString.call(numbers().map((x) => x)), typeof Iterator.prototype.map);
log("a b".matchAll(/\w/g).map((m) => m[0]).toArray(), Iterator.from(new Countdown(1)) instanceof Countdown, [...[1, 2, 3].values().drop(1).take(1)]);
log("ab".isWellFormed(), "a\ud800".isWellFormed(), "😀".isWellFormed(), "a\udc00b".toWellFormed(), "é".toWellFormed());
log(await Promise.try((a, b) => a + b, 1, 2), await Promise.try(() => { throw new Error("t") }).catch((e) => e.message), await Promise.try(async () => 5));
log(RegExp.escape("a.b*c"), RegExp.escape("1 x-y"), RegExp.escape("_é/[]\n"), RegExp.escape("(😀)"), new RegExp(RegExp.escape("$5 (a)")).test("costs $5 (a)"), attempt(() => RegExp.escape(5)));
const holder = {}; Error.captureStackTrace(holder); log(typeof holder.stack, Object.keys(holder));
class Own extends Error { constructor(m) { super(m); Error.captureStackTrace(this, Own); this.name = "Own" } } log(new Own("x").message, new Own("y") instanceof Error, new Own("z").stack.includes("new Own"));
log(import.meta.url.startsWith("file://"), import.meta.url.endsWith("language.mjs"), import.meta.filename.endsWith("language.mjs"), import.meta.dirname.length < import.meta.filename.length);
