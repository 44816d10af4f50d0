package js

import (
	"testing"
	"time"
)

// TestAppend adds to texts in loops, which goja does in quadratic time.
func TestAppend(t *testing.T) {
	out := script{name: "append.js", timeout: time.Minute, code: `
let s = "", e = "", both = "";
for (let i = 0; i < 50000; i++) { s += "x".repeat(101); e += "é".repeat(101); both += i % 2 ? "é" : "abc"; both += i }
console.log(s.length, e.length, both.length, both.slice(0, 10), e.at(-1), s === "x".repeat(101).repeat(50000), e === "é".repeat(101).repeat(50000));
let base = "b".repeat(5000), one = base, two = base;
one += "1"; two += "2"; one += "1"; base += "0"; two += one;
console.log(one.slice(4999), two.slice(4999, 5003), two.length, base.slice(4999));
let old = one; one += "x"; old += "y"; one += "z"; console.log(one.slice(5000), old.slice(5000));
let half = "h".repeat(5000); half += "\ud83d"; half += "\ude00"; half += "!"; console.log(half.length, half.codePointAt(5000) === 0x1f600, half.isWellFormed());
let n = 1, u, b = 2n, d = "d"; n += 1.5; n += "2"; u += 1; b += 3n; d += null; d += undefined; d += true; d += [1, 2]; d += { toString: () => "o", valueOf: () => 5 };
console.log(n, u, b, d);
let d2 = "d".repeat(3000); d2 += null; d2 += -0; d2 += 1n; d2 += [3]; d2 += { valueOf: () => 5 }; console.log(d2.slice(2999));
let order = "a"; const f = () => (order = "b"); order += f(); console.log(order);
try { let x = "q".repeat(4000); x += Symbol() } catch (e) { console.log(e.name) }
try { const c = "c"; eval("c += 'd'") } catch (e) { console.log(e.name) }
const o = { s: "" }; for (let i = 0; i < 3; i++) o.s += i; console.log(o.s);
`}.run(t)
	const want = `5050000 5050000 338890 abc0é1abc2 é true true
b11 b2bb 10003 b0
11xz 11y
5003 true true
2.52 NaN 5n dnullundefinedtrue1,25
dnull0135
ab
TypeError
TypeError
012
`
	if out.err != nil || out.stdout != want {
		t.Errorf("error %v, printed\n%s\nwant\n%s", out.err, out.stdout, want)
	}
}

// TestQueues takes from the front of long arrays, and puts there.
func TestQueues(t *testing.T) {
	out := script{name: "queues.js", timeout: time.Minute, code: `
const q = Array.from({ length: 20000 }, (_, i) => i);
let sum = 0;
while (q.length) sum += q.shift();
for (let i = 0; i < 20000; i++) q.unshift(i);
console.log(sum, q.length, q[0], q.at(-1), q.unshift("a", "b"), q.slice(0, 3), [].shift(), [].unshift());
const holes = [, 1, 2]; holes.length = 100; console.log(holes.shift(), holes.length, 0 in holes, holes[0], 5 in holes);
class Mine extends Array {} const mine = Mine.from(q); console.log(mine.shift(), mine instanceof Mine, mine.length);
const frozen = Object.freeze(q.slice(0, 70)); try { frozen.shift() } catch (e) { console.log(e.name, frozen.length) }
const fixed = Object.preventExtensions(q.slice(0, 70)); try { fixed.unshift(1) } catch (e) { console.log(e.name, fixed.length, fixed[0] === q[0], fixed.unshift(), fixed.shift() === q[0], fixed.length) }
const short = Object.defineProperty(q.slice(0, 70), "length", { writable: false });
for (const f of [() => short.unshift(1), () => short.shift(), () => frozen.unshift(1)]) try { f(); console.log("changed") } catch (e) { console.log(e.name, short.length, frozen.length) }
const like = { length: 2, 0: "x", 1: "y" }; console.log([].shift.call(like), like.length, like[0]);
`}.run(t)
	const want = `199990000 20000 19999 0 20002 [ 'a', 'b', 19999 ] undefined 0
undefined 99 true 1 false
a true 20001
TypeError 70
TypeError 70 true 70 true 69
TypeError 70 70
TypeError 70 70
TypeError 70 70
x 1 y
`
	if out.err != nil || out.stdout != want {
		t.Errorf("error %v, printed\n%s\nwant\n%s", out.err, out.stdout, want)
	}
}
