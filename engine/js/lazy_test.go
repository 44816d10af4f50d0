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
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
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
	return lazy.NewView(rt, doc)
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
			exported[side], problems[side] = v.fromArguments(engine.PlainArguments, []goja.Value{root})
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

func TestDeepViewAsArgument(t *testing.T) {
	v := newVM(engine.Config{})
	for depth, ok := range map[int]bool{500: true, 501: false, 5000: false} {
		_, err := v.fromArguments(engine.PlainArguments, []goja.Value{lazyValue(t, v.rt, strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))})
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
