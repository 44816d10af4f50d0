package js

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestHugeValues asks for more at once than a process can have. Each is an error that the script can catch.
func TestHugeValues(t *testing.T) {
	const tooMuch = " that one may have"
	for _, c := range []struct{ code, want string }{
		{"new Uint8Array(2 ** 40)", "RangeError: Uint8Array: 1099511627776 bytes are more than the 1024 MiB" + tooMuch},
		{"new Float64Array(2 ** 28)", "RangeError: Float64Array: 2147483648 bytes are more than the 1024 MiB" + tooMuch},
		{"new BigInt64Array({ length: 2 ** 40 })", "RangeError: BigInt64Array: "},
		{"Uint16Array.from({ length: 2 ** 40 })", "RangeError: Uint16Array: "},
		{"new (class X extends Int8Array {})(2 ** 40)", "RangeError: Int8Array: "},
		{"new (new Uint8Array(1).constructor)(2 ** 40)", "RangeError: Uint8Array: "},
		{"new ArrayBuffer(1e12)", "RangeError: ArrayBuffer: 1000000000000 bytes"},
		{"new Array(1e9)", "RangeError: Array: a length of 1000000000 is more than the 67108864 that an array may have"},
		{"Array(1e9).fill(0)", "RangeError: Array: a length of 1000000000"},
		{"Array.from({ length: 1e9 })", "RangeError: Array: a length of 1000000000"},
		{"const a = []; a.length = 4294967295; a.fill(1)", "RangeError: Array.prototype.fill: a length of 4294967295"},
		{"new Array(-1)", "RangeError: Invalid array length"},
		{"Array(6e7).join('x'.repeat(1000))", "RangeError: Array.prototype.join: the string would be longer than 536870912 characters"},
		{"let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)", "RangeError: Array.prototype.flat: the array is nested deeper than 5000 levels"},
		{"new Function('return ' + '('.repeat(1e6))", "SyntaxError: Function: the text is nested deeper than 5000 levels"},
		{"'x'.repeat(2 ** 30)", "RangeError: String.prototype.repeat: the string would be longer than 67108864 characters"},
		{"'x'.padStart(2 ** 31)", "RangeError: String.prototype.padStart: "},
		{"'x'['padEnd'](2 ** 31)", "RangeError: String.prototype.padEnd: "},
		{"'x'[['pa', 'dStart'].join('')](2 ** 36)", "RangeError: String.prototype.padStart: "},
		{"'x'[['re', 'peat'].join('')](2 ** 36)", "RangeError: String.prototype.repeat: "},
		{"let n = 0; 'x'.padStart({ valueOf: () => n++ ? 2 ** 36 : 1 }); console.log(n)", "1"},
		{"const a = []; a.length = 4294967295; a[['fi', 'll'].join('')](0)", "RangeError: Array.prototype.fill: a length of 4294967295"},
		{"const a = []; a.length = 4294967295; a.sort()", "RangeError: Array.prototype.sort: a length of 4294967295"},
		{"Array.prototype.sort.call({ length: 2 ** 53 - 1 })", "RangeError: Array.prototype.sort: a length of 9007199254740991"},
		{"(() => 1).apply(null, { length: 2 ** 31 })", "RangeError: Function.prototype.apply: a list of 2147483648 arguments is more than the 1048576 that a call may have"},
		{"String.fromCharCode.apply(null, { length: 1e10 })", "RangeError: Function.prototype.apply: "},
		{"[].concat.apply([], { length: 1e10 })", "RangeError: Function.prototype.apply: "},
		{"Array.apply(null, { length: 1e10 })", "RangeError: Function.prototype.apply: "},
		{"Function.prototype.call.apply(Math.max, { length: 1e10 })", "RangeError: Function.prototype.apply: "},
		{"let n = 1; Math.max.apply(null, { get length() { return n *= 100000 } }); console.log(n)", "100000"},
		{"Reflect.apply(() => 1, null, { length: 1e10 })", "RangeError: Reflect.apply: "},
		{"Reflect.construct(Date, { length: 1e10 })", "RangeError: Reflect.construct: "},
		{"BigInt('9'.repeat(6e7))", "RangeError: BigInt: the text is longer than 500000 characters"},
		{"eval('1n << 99999999999n')", "SyntaxError: eval: code that is made at run time cannot use *, **, << and >> beside BigInts"},
		{"(0, eval)('1n << 99999999999n')", "SyntaxError: eval: "},
		{"new Function('return 1n << 99999999999n')", "SyntaxError: Function: "},
		{"(() => 1).constructor('return 1n << 99999999999n')", "SyntaxError: Function: "},
		{"new (async () => {}).constructor('return 1n << 99999999999n')", "SyntaxError: Function: "},
		{"(function* () {}).constructor('return ' + '['.repeat(3e6))", "SyntaxError: Function: the text is nested deeper than 5000 levels"},
		{"eval('['.repeat(3e6))", "SyntaxError: eval: the text is nested deeper than 5000 levels"},
	} {
		o := script{name: "huge.js", code: "try {\n" + c.code + "\n} catch (e) { console.log(String(e)) }"}.run(t)
		if o.err != nil || !strings.HasPrefix(o.stdout, c.want) {
			t.Errorf("%s\nprinted %q and failed with %v\nwant %q", c.code, o.stdout, o.err, c.want)
		}
	}
}

// TestBoundedConstructors uses what looks at sizes as scripts do.
func TestBoundedConstructors(t *testing.T) {
	o := script{name: "bounded.js", code: `
const print = (...values) => console.log(JSON.stringify(values));
const bytes = new Uint8Array([1, 2, 300]);
class Words extends Uint16Array { get total() { return this.reduce((a, b) => a + b, 0) } }
print([...bytes], bytes instanceof Uint8Array, Uint8Array.BYTES_PER_ELEMENT, Uint8Array.name, bytes.slice(1).constructor === Uint8Array);
print(new Words([1, 2]).total, Words.from([3, 4]) instanceof Words, Words.of(5).length, new Words({ length: 2 }).length);
print(new Float64Array(new ArrayBuffer(16)).length, ArrayBuffer.isView(bytes), new ArrayBuffer(4) instanceof ArrayBuffer, new Uint8Array(bytes).length, new Uint8Array(new Set([1, 2])).length);
print(Object.prototype.toString.call(bytes), typeof Uint8Array, Uint8Array.prototype === Object.getPrototypeOf(bytes), Object.keys(globalThis).includes("Uint8Array"));
class List extends Array { last() { return this[this.length - 1] } }
print(Array(3).fill(0), new Array(2, 3), Array.from({ length: 3 }, (_, i) => i), Array.of(7), new List(1, 2).last(), List.from([4, 5]).last(), [] instanceof Array);
print(Array.isArray(new Array(2)), new Array("3"), Array.from("añ😀"), [] instanceof List, Array.apply(null, Array(2)).map((_, i) => i), new List(1, 2).map(x => x + 1) instanceof List);
print([1, [2, [3, [4]]]].flat(Infinity), [1, [2, [3]]].flat(), [[1, , 2]].flat(101), [1, 2].join(), [1, null, [2, 3]].join("-"), [].join.call({ length: 2, 0: "a", 1: "b" }, ";"));
print(new Function("a", "b", "return a * b")(6, 7), Function("return 1")(), print instanceof Function, new Uint8Array(0).length, [1, 2, 3].fill(9, 1));
try { Uint8Array(2) } catch (e) { print(e.name) }
print(eval("1 + 1"), (0, eval)("2 * 3"), (() => { let q = 7; return eval("q + 1") })(), eval(...["1 + 2"]), typeof eval, [4].map(eval));
print(Math.max.apply(null, [1, 2]), Math.max.apply(null, { length: 2, 0: 5, 1: 9 }), (function () { return Math.max.apply(null, arguments) })(4, 8), Math.max.apply(), Reflect.apply(Math.min, null, [3, 2]), Reflect.construct(Date, [0]).getTime());
try { Math.max.apply(null, 1) } catch (e) { print(e.name) }
`}.run(t)
	want := `[[1,2,44],true,1,"Uint8Array",true]
[3,true,1,2]
[2,true,true,3,2]
["[object Uint8Array]","function",true,false]
[[0,0,0],[2,3],[0,1,2],[7],2,5,true]
[true,["3"],["a","ñ","😀"],false,[0,1],true]
[[1,2,3,4],[1,2,[3]],[1,2],"1,2","1--2,3","a;b"]
[42,1,true,0,[1,9,9]]
["TypeError"]
[2,6,8,3,"function",[4]]
[2,9,8,null,2,0]
["TypeError"]
`
	if o.err != nil || o.stdout != want {
		t.Errorf("printed\n%s\nwant\n%s\nerror %v", o.stdout, want, o.err)
	}
}

func TestMemoryLimit(t *testing.T) {
	enginetest.TestMemoryLimit(t, NewRuntime(), "grow.js", []string{
		"const list = []; for (;;) { try { for (;;) list.push({ n: list.length }) } catch {} }",
		"let s = 'x'; for (;;) s += s",
		"let s = 'é'; for (;;) s = `${s}${s}`",
		"const m = new Map(); for (let i = 0; ; i++) m.set(i, 'x'.repeat(1000) + i)",
	}, "let kept = 'x'; for (;;) kept += kept", "kept = null; 40 + 2")
}
