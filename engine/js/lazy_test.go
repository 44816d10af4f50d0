package js

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/tape/tapetest"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// lazyValue reads JSON the way a host function's result is read, except that small documents are views as well.
func lazyValue(tb interface{ Fatal(...any) }, rt *goja.Runtime, text string) goja.Value {
	doc, err := tape.Parse([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return documents{rt}.view(doc, tape.Root)
}

func TestPrepare(t *testing.T) {
	if v, err := prepare(12); v != 12 || err != nil {
		t.Errorf("a number became %v, %v", v, err)
	}
	if _, err := prepare(engine.JSON(`{"a":`)); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("broken JSON: %v", err)
	}
	v, err := prepare(engine.JSON(`{"a":1}`))
	if doc, ok := v.(*tape.Document); !ok || err != nil || doc.Len(tape.Root) != 1 {
		t.Errorf("JSON became %T, %v", v, err)
	}
}

func TestSmallDocumentsArePlain(t *testing.T) {
	rt := goja.New()
	docs := documents{rt}
	for text, lazy := range map[string]bool{
		`{"fingerprint":1}`:                          false,
		`{"a":[` + strings.Repeat("1,", 100) + `1]}`: true,
	} {
		doc, err := tape.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := docs.value(doc).Export().(*lazyObject); ok != lazy {
			t.Errorf("%s is lazy: %v", text, ok)
		}
	}
}

// lazyPrelude runs an operation on a value and tells everything that a script can see of what comes of it.
const lazyPrelude = `
function show(v) {
	if (v === undefined || typeof v === "function" || typeof v === "symbol") return String(v);
	if (v instanceof Error) return v.name;
	return typeof v + (Array.isArray(v) ? "[" + v.length + "]" : "") + Object.prototype.toString.call(v) + JSON.stringify(v);
}
function attempt(op, x, k, v, n) {
	try { return show(op(x, k, v, n)) } catch (e) { return "threw " + (e.name || e) }
}
const isObject = v => typeof v === "object" && v !== null;
const ops = {
	itself: x => x,
	get: (x, k) => x[k],
	sameObject: (x, k) => x[k] === x[k],
	set: (x, k, v) => x[k] = v,
	setDeep: (x, k, v) => Object.keys(x).includes(k) && isObject(x[k]) && (x[k].deep = v),
	setStrict: (x, k, v) => { "use strict"; x[k] = v; return x[k] },
	increment: (x, k) => x[k]++,
	remove: (x, k) => delete x[k],
	has: (x, k) => k in x,
	hasOwn: (x, k) => Object.prototype.hasOwnProperty.call(x, k),
	ownMethod: (x, k) => x.hasOwnProperty(k),
	keys: x => Object.keys(x),
	names: x => Object.getOwnPropertyNames(x),
	reflectKeys: x => Reflect.ownKeys(x),
	symbols: x => Object.getOwnPropertySymbols(x).length,
	values: x => Object.values(x),
	entries: x => Object.entries(x),
	forIn: x => { const out = []; for (const k in x) out.push(k, x[k]); return out },
	forInDeleting: (x, k) => { const out = []; for (const i in x) { out.push(i); delete x[k] } return out },
	forOf: x => [...x],
	spread: x => ({...x, more: 1}),
	rest: x => { const {a, b, ...others} = x; return [a, b, others] },
	assignFrom: x => Object.assign({first: 1}, x),
	assignTo: (x, k, v) => Object.assign(x, {[k]: v, z: 1}),
	stringify: x => JSON.stringify(x),
	stringifyIndented: x => JSON.stringify(x, null, 2),
	stringifyOnly: (x, k) => JSON.stringify(x, [k, "a"]),
	stringifyReplaced: x => JSON.stringify(x, (k, v) => typeof v === "number" ? v + 1 : v),
	descriptor: (x, k) => Object.getOwnPropertyDescriptor(x, k),
	descriptors: x => Object.getOwnPropertyDescriptors(x),
	define: (x, k, v) => Object.defineProperty(x, k, {value: v, writable: true, enumerable: true, configurable: true}),
	enumerable: (x, k) => Object.prototype.propertyIsEnumerable.call(x, k),
	prototype: x => [Object.getPrototypeOf(x) === Object.prototype, Object.getPrototypeOf(x) === Array.prototype],
	constructor_: x => [x.constructor === Object, x instanceof Object, x instanceof Array],
	text: x => String(x),
	template: x => x + "|" + isNaN(x),
	equal: x => [x == x, x === x, Object.is(x, x), x == "[object Object]"],
	extensible: x => [Object.isExtensible(x), Object.isFrozen(x), Object.isSealed(x)],
	fromEntries: x => Object.fromEntries(Object.entries(x)),
	mapKey: x => new Map([[x, 1]]).get(x),
	optional: (x, k) => x?.[k]?.a?.b,
	reflect: (x, k, v) => [Reflect.has(x, k), Reflect.get(x, k), Reflect.set(x, k, v), Reflect.deleteProperty(x, k)],
	inherited: (x, k, v) => { const y = Object.create(x); const seen = [y[k], k in y]; y[k] = v; return [seen, y[k], x[k], Object.keys(y)] },
	proto: x => [x.__proto__ === Object.getPrototypeOf(x)],
	length: x => x.length,
	setLength: (x, k, v, n) => Array.isArray(x) && (x.length = n),
	push: (x, k, v) => x.push(v, {k}),
	pop: x => x.pop(),
	shift: x => x.shift(),
	unshift: (x, k, v) => x.unshift(v),
	splice: (x, k, v, n) => x.splice(n, 1, v),
	slice: (x, k, v, n) => x.slice(n),
	concat: x => x.concat([1], x),
	reverse: x => x.reverse(),
	sort: x => x.sort(),
	sortBy: x => x.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
	map: x => x.map(v => isObject(v) ? Object.keys(v) : v),
	filter: x => x.filter(v => v),
	find: x => x.find(isObject),
	indexOf: (x, k, v, n) => [x.indexOf(x[n]), x.includes(x[n]), x.indexOf(v)],
	reduce: x => x.reduce((sum, v) => sum + JSON.stringify(v), ""),
	flat: x => x.flat(2),
	join: x => x.join("-"),
	fill: (x, k, v) => x.fill(v),
	at: (x, k, v, n) => [x[n], x[-1], n in x],
	setAt: (x, k, v, n) => x[n] = v,
	removeAt: (x, k, v, n) => delete x[n],
	swap: (x, k, v, n) => { [x[0], x[n]] = [x[n], x[0]]; return x },
	from: x => Array.isArray(x) && Array.from(x),
	destructure: x => { const [a, , b, ...c] = x; return [a, b, c] },
};
`

func TestLazyObjectsBehaveAsPlainOnes(t *testing.T) {
	v := newVM(engine.Config{})
	rt := v.rt
	if _, err := rt.RunString(lazyPrelude + "const names = Object.keys(ops)"); err != nil {
		t.Fatal(err)
	}
	attempt, err := rt.RunString(`(name, x, k, v, n) => attempt(ops[name], x, k, v, n)`)
	if err != nil {
		t.Fatal(err)
	}
	call, _ := goja.AssertFunction(attempt)
	parse, _ := goja.AssertFunction(rt.Get("JSON").ToObject(rt).Get("parse"))
	names := rt.Get("ops").ToObject(rt).Keys()
	rapid.Check(t, func(t *rapid.T) {
		text := drawJSON(t, 3, true)
		plain, err := parse(goja.Undefined(), rt.ToValue(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		sides := [2]goja.Value{plain, lazyValue(t, rt, text)}
		roots := sides
		for range rapid.IntRange(1, 12).Draw(t, "operations") {
			name := rapid.SampledFrom(names).Draw(t, "operation")
			key := drawKey(t)
			value := drawJSON(t, 1, false)
			position := rapid.IntRange(0, 4).Draw(t, "position")
			var shown [2]string
			for side, x := range sides {
				v, err := parse(goja.Undefined(), rt.ToValue(value))
				if err != nil {
					t.Fatal(err)
				}
				out, err := call(goja.Undefined(), rt.ToValue(name), x, rt.ToValue(key), v, rt.ToValue(position))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				whole, err := call(goja.Undefined(), rt.ToValue("itself"), roots[side])
				if err != nil {
					t.Fatal(err)
				}
				shown[side] = out.String() + "\nleaving " + whole.String()
			}
			if shown[0] != shown[1] {
				t.Fatalf("%s(x, %q, %s, %d) of %s\nplain: %s\n lazy: %s", name, key, value, position, text, shown[0], shown[1])
			}
			if rapid.Bool().Draw(t, "descend") {
				for side, x := range sides {
					sides[side] = roots[side]
					if object := x.ToObject(rt); slices.Contains(object.Keys(), key) {
						if child, ok := object.Get(key).(*goja.Object); ok {
							sides[side] = child
						}
					}
				}
			}
		}
		var exported [2]any
		var problems [2]error
		for side, root := range roots {
			exported[side], problems[side] = v.fromArguments([]goja.Value{root})
		}
		if fmt.Sprint(problems[0]) != fmt.Sprint(problems[1]) || !reflect.DeepEqual(exported[0], exported[1]) {
			t.Fatalf("as an argument of the host\nplain: %#v, %v\n lazy: %#v, %v", exported[0], problems[0], exported[1], problems[1])
		}
	})
}

func drawKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "10", "2", "01", "-1", "1.5", "é", "😀", "", "__proto__", "toString", "constructor", "length", "a\"b\n"}).Draw(t, "key")
}

// drawJSON makes a text with few different keys, so that operations hit.
func drawJSON(t *rapid.T, depth int, container bool) string {
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if depth == 0 && !container {
		kind = 3
	}
	if container {
		kind %= 3
	}
	switch kind {
	case 0, 1:
		var members []string
		for range rapid.IntRange(0, 5).Draw(t, "members") {
			members = append(members, fmt.Sprintf("%s:%s", quote(drawKey(t)), drawJSON(t, depth-1, false)))
		}
		return "{" + strings.Join(members, ",") + "}"
	case 2:
		var items []string
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, drawJSON(t, depth-1, false))
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return rapid.SampledFrom([]string{
			"null", "true", "false", "0", "-0", "1", "-7", "1.5", "1e3", "9007199254740993", "12345678901234567890", `""`, `"a"`, `"é\n"`, `"😀"`, `"\ud83d\ude00"`, `"10"`,
		}).Draw(t, "scalar")
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func TestLargeObject(t *testing.T) {
	rt := goja.New()
	var b strings.Builder
	b.WriteString(`{"__proto__":{"x":1}`)
	for i := range 200 {
		fmt.Fprintf(&b, `,"key%d":{"n":%d}`, i, i)
	}
	b.WriteString("}")
	if err := rt.Set("x", lazyValue(t, rt, b.String())); err != nil {
		t.Fatal(err)
	}
	got, err := rt.RunString(`const first = x.key150; first.n = "changed"; [Object.keys(x).length, x.key150 === first, x.key150.n, x.key7.n, x.nothing, "key199" in x, x.__proto__.x].join()`)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != "201,true,changed,7,,true,1" {
		t.Errorf("got %s", got)
	}
}

// lockScripts try what a locked object refuses. Each runs on a plain object and on a view.
var lockScripts = []string{
	`Object.freeze(x) === x`, `Object.seal(x) === x`, `Object.preventExtensions(x) === x`, `Reflect.preventExtensions(x)`,
	`Object.freeze(x); x.a = 2; x.z = 1; delete x.b; [x, Object.isFrozen(x), Object.isSealed(x), Object.isExtensible(x)]`,
	`Object.seal(x); x.a = 2; x.z = 1; delete x.b; [x, Object.isFrozen(x), Object.isSealed(x), Object.isExtensible(x)]`,
	`Object.preventExtensions(x); x.a = 2; x.z = 1; delete x.b; [x, Object.isFrozen(x), Object.isSealed(x), Reflect.isExtensible(x)]`,
	`Object.freeze(x); Object.seal(x); x.a = 2; x`,
	`"use strict"; Object.freeze(x); x.a = 2`, `"use strict"; Object.freeze(x); x.z = 2`, `"use strict"; Object.seal(x); delete x.a`, `"use strict"; Object.seal(x); delete x.nothing`,
	`Object.freeze(x); x.o.p = 2; x.list.push(2); x`, `Object.freeze(x.o); x.o.p = 2; x.a = 3; x`, `Object.freeze(x.list); x.list[0] = 2; x`,
	`Object.preventExtensions(x.empty); [Object.isFrozen(x.empty), Object.isSealed(x.empty)]`,
	`const deep = v => { if (typeof v === "object" && v) { Object.values(v).forEach(deep); Object.freeze(v) } return v }; deep(x); x.o.p = 2; [x, Object.isFrozen(x.o)]`,
	`[Object.isFrozen(x), Object.isSealed(x), Object.isExtensible(x), Reflect.isExtensible(x)]`, `[Object.isFrozen(1), Object.freeze("s")]`, `Reflect.isExtensible(1)`,
}

func TestLockedViews(t *testing.T) {
	const text = `{"a":1,"b":2,"o":{"p":1},"list":[1],"empty":{}}`
	v := newVM(engine.Config{})
	v.lockableViews()
	for _, code := range lockScripts {
		t.Run(code, func(t *testing.T) {
			var shown [2]string
			parsed, err := v.rt.RunString("JSON.parse('" + text + "')")
			if err != nil {
				t.Fatal(err)
			}
			for side, x := range []goja.Value{parsed, lazyValue(t, v.rt, text)} {
				if err := v.rt.Set("x", x); err != nil {
					t.Fatal(err)
				}
				got, err := v.rt.RunString("(() => { try { return JSON.stringify(eval(" + fmt.Sprintf("%q", code) + ")) } catch (e) { return e.name } })()")
				if err != nil {
					t.Fatal(err)
				}
				shown[side] = got.String()
			}
			if shown[0] != shown[1] {
				t.Errorf("plain: %s, lazy: %s", shown[0], shown[1])
			}
		})
	}
}

// FuzzJSON compares the conversion of any text, lazy and at once, with that of JSON.parse.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,{"b":null}],"10":true,"2":-0,"é":"\ud83d\ude00"}`, `[[],{},"",1e400,123456789012345678901]`, `{"a":1,"a":{"b":2,"b":3}}`, `{"__proto__":{"x":1}}`, `nul`, "\"\xff\""} {
		f.Add([]byte(text))
	}
	rt := goja.New()
	json := rt.Get("JSON").ToObject(rt)
	parse, _ := goja.AssertFunction(json.Get("parse"))
	stringify, _ := goja.AssertFunction(json.Get("stringify"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := prepare(engine.JSON(text))
		if err != nil {
			return
		}
		expected, err := parse(goja.Undefined(), rt.ToValue(string(text)))
		if err != nil {
			t.Skip("goja refuses numbers out of range")
		}
		want, err := stringify(goja.Undefined(), expected)
		if err != nil {
			t.Fatal(err)
		}
		docs := documents{rt}
		for way, value := range map[string]goja.Value{"lazy": docs.view(doc.(*tape.Document), tape.Root), "eager": docs.plain(doc.(*tape.Document), tape.Root)} {
			if got, err := stringify(goja.Undefined(), value); err != nil || got.String() != want.String() {
				t.Fatalf("%s: %v, %v, want %s", way, got, err, want)
			}
		}
	})
}

func TestDeepViewAsArgument(t *testing.T) {
	v := newVM(engine.Config{})
	for depth, ok := range map[int]bool{500: true, 501: false, 5000: false} {
		_, err := v.fromArguments([]goja.Value{lazyValue(t, v.rt, strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))})
		var problem *engine.ArgumentError
		if ok != (err == nil) || err != nil && (!errors.As(err, &problem) || problem.Problem != valuepath.TooDeep || len(problem.Path) > 200) {
			t.Errorf("%d levels: %v", depth, err)
		}
	}
}

func TestProgramFreezesResult(t *testing.T) {
	module := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "page", Call: func(context.Context, []any) (any, error) {
		return engine.JSON(tapetest.Page(2)), nil
	}}}}
	out := script{
		code: `const [c] = await host.page(); Object.freeze(c); let failed; try { c.state = "x" } catch (e) { failed = e.name }
			console.log(c.state, failed, Object.isFrozen(c), c.meta.nickname); console.log({...c.active, now: 1}, c.unread)`,
		config: engine.Config{Modules: []*engine.Module{module}},
	}.run(t)
	if want := "pending TypeError true Ada Lovelace\n{ now: 1, last: 1763800000000 } { operator: 0, visitor: 0 }\n"; out.err != nil || out.stdout != want {
		t.Errorf("%q, %v", out.stdout, out.err)
	}
}
