package js

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Reading a member can have effects and costs time, so converting reads each one once, however deep it is.
func TestArgumentMembersAreReadOnce(t *testing.T) {
	cfg := demoConfig()
	out := script{code: `
		let reads = 0
		let value = { get leaf() { reads++; return 1 } }
		for (let i = 0; i < 20; i++) value = { value }
		await demo.echo(value)
		console.log(reads)`, config: cfg}.run(t)
	if out.err != nil || out.stdout != "1\n" {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
}

// TestArguments passes values to a host function and looks at what arrives.
func TestArguments(t *testing.T) {
	type opaque struct{ n int }
	for _, c := range []struct {
		code string
		want []any
		err  string
	}{
		{code: "", want: nil},
		{code: "undefined, null", want: nil},
		{code: "null, 1, undefined", want: []any{nil, int64(1)}},
		{code: "true, 'té😀', -0, 1.5, 2 ** 53, 2 ** 53 + 2, 1e300", want: []any{true, "té😀", int64(0), 1.5, int64(1 << 53), float64(1<<53 + 2), 1e300}},
		{code: "[1, [undefined, null], , 2]", want: []any{[]any{int64(1), []any{nil, nil}, nil, int64(2)}}},
		{code: "{ a: 1, b: undefined, c: null, d: { e: [] } }", want: []any{map[string]any{"a": int64(1), "c": nil, "d": map[string]any{"e": []any{}}}}},
		{code: "{}", want: []any{map[string]any{}}},
		{code: "new Date(1500)", want: []any{time.UnixMilli(1500)}},
		{code: "new Uint8Array([1, 2, 3]).subarray(1), new Uint16Array([258]), new ArrayBuffer(2)", want: []any{[]byte{2, 3}, []byte{2, 1}, []byte{0, 0}}},
		{code: "new Number(3), new String('s'), new Boolean(false)", want: []any{int64(3), "s", false}},
		{code: "{ toJSON() { return { x: [1] } } }, { at: { toJSON: () => undefined } }", want: []any{map[string]any{"x": []any{int64(1)}}, map[string]any{"at": nil}}},
		{code: "new (class P { constructor() { this.x = 1 } get y() { return 2 } })()", want: []any{map[string]any{"x": int64(1)}}},
		{code: "Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })", want: []any{map[string]any{"own": int64(2)}}},
		{code: "(() => { const shared = [1]; return { a: shared, b: shared } })()", want: []any{map[string]any{"a": []any{int64(1)}, "b": []any{int64(1)}}}},
		{code: "opaque, [opaque]", want: []any{engine.Opaque{Value: &opaque{7}}, []any{engine.Opaque{Value: &opaque{7}}}}},
		{code: "JSON.parse('{\"__proto__\": 1}')", want: []any{map[string]any{"__proto__": int64(1)}}},

		{code: "1, { a: [0, NaN] }", err: "argument 2.a[1] is NaN, which has no JSON form"},
		{code: "{ 'x-y': { 0: -Infinity } }", err: `argument 1["x-y"]["0"] is -Infinity, which has no JSON form`},
		{code: "() => 1", err: "argument 1 is a function, which has no JSON form"},
		{code: "{ f() {} }", err: "argument 1.f is a function, which has no JSON form"},
		{code: "[class A {}]", err: "argument 1[0] is a function, which has no JSON form"},
		{code: "Symbol('s')", err: "argument 1 is a symbol, which has no JSON form"},
		{code: "10n", err: "argument 1 is a BigInt, which has no JSON form: pass Number(x) or String(x)"},
		{code: "[demo][0].echo()", err: "argument 1 is a Promise: await it first"},
		{code: "demo.count(3)", err: "argument 1 is an async iterable, which has no JSON form: collect it with Array.fromAsync"},
		{code: "new Map()", err: "argument 1 is a Map, which has no JSON form: pass Object.fromEntries(map)"},
		{code: "{ s: new Set() }", err: "argument 1.s is a Set, which has no JSON form: pass [...set]"},
		{code: "new Date(NaN)", err: "argument 1 is an invalid Date"},
		{code: "(() => { const a = { b: {} }; a.b.c = a; return a })()", err: "argument 1.b.c is a circular reference, which has no JSON form"},
		{code: "(() => { const a = { toJSON() { return [a] } }; return a })()", err: "argument 1[0] is a circular reference, which has no JSON form"},
		{code: "(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a })()", err: "argument 1" + strings.Repeat("[0]", 16) + "[0…" + strings.Repeat("[0]", 20) + " is nested more than 500 levels deep"},
	} {
		t.Run(c.code, func(t *testing.T) {
			var got []any
			called := false
			cfg := demoConfig()
			cfg.Globals = []engine.Constant{{Name: "opaque", Value: engine.Opaque{Value: &opaque{7}}}}
			cfg.Modules = append(cfg.Modules, &engine.Module{Name: "take", Apply: &engine.Function{Name: "take", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
				got, called = args, true
				return nil, nil
			}}})
			out := script{code: "take(" + c.code + ")", config: cfg}.run(t)
			if c.err != "" {
				var argument *engine.ArgumentError
				if !errors.As(out.err, &argument) || argument.Error() != c.err || called {
					t.Errorf("error %v, want %s", out.err, c.err)
				}
				return
			}
			if out.err != nil || !called || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v (error %v)", got, c.want, out.err)
			}
		})
	}
}

func TestArgumentConversionThatThrows(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "getter", code: "try { demo.echoNow({ get x() { throw new Error('mine') } }) } catch (e) { console.log(e.message) }", stdout: "mine\n"},
		{name: "getter in an asynchronous call", code: "await demo.echo({ get x() { throw new Error('mine') } }).catch((e) => console.log(e.message))", stdout: "mine\n"},
		{name: "toJSON", code: "try { demo.echoNow({ toJSON() { throw new Error('mine') } }) } catch (e) { console.log(e.message) }", stdout: "mine\n"},
	})
}

// TestResults looks at values of the host from a script.
func TestResults(t *testing.T) {
	day := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		value any
		code  string
		want  string
	}{
		{nil, "x", "null"},
		{engine.Null{}, "x", "null"},
		{true, "x", "true"},
		{"té😀", "x + x.length", "té😀4"},
		{int(1), "x", "1"}, {int8(2), "x", "2"}, {uint16(3), "x", "3"}, {uint64(4), "x", "4"},
		{uint64(math.MaxUint64), "x", "error: give.it: the host gave the integer 18446744073709551615, which scripts would see rounded: give it as a string"},
		{int64(1 << 53), "x", "9007199254740992"}, {float32(1.5), "x", "1.5"}, {2.5, "x", "2.5"},
		{[]byte{1, 2}, "[x instanceof Uint8Array, x]", "[ true, Uint8Array(2) [ 1, 2 ] ]"},
		{[]any{1, nil, []any{"a"}}, "[Array.isArray(x), x]", "[ true, [ 1, null, [ 'a' ] ] ]"},
		{map[string]any{"b": 1, "a": map[string]any{}}, "x", "{ a: {}, b: 1 }"},
		{map[string]any{"__proto__": 1}, "[Object.keys(x), x.toString === Object.prototype.toString]", "[ [ '__proto__' ], true ]"},
		{engine.JSON(`{"b": [1, 2.5, null, true, "x"], "a": {}}`), "x", "{ b: [ 1, 2.5, null, true, 'x' ], a: {} }"},
		{[]any{engine.JSON(`[1]`)}, "x[0][0]", "1"},
		{day, "x.toISOString()", "2026-11-22T10:00:00.000Z"},
		{time.UnixMilli(8_640_000_000_000_000), "x.toISOString()", "+275760-09-13T00:00:00.000Z"},
		{time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC), "x", "error: give.it: the host gave the time 300000-01-01T00:00:00Z, which is out of the range of a Date"},
		{engine.Multi{1, "b"}, "x", "[ 1, 'b' ]"},
		{engine.Opaque{Value: 5}, "[x, Object.keys(x), x.y, 'y' in x]", "[ [Opaque], [], undefined, false ]"},
		{&engine.Module{Name: "handle", Values: []engine.Constant{{Name: "id", Value: "w2"}}, Functions: []engine.Function{{Name: "get_it", Sync: true, Call: func(context.Context, []any) (any, error) { return 9, nil }}}}, "[x.id, x.getIt(), Object.keys(x)]", "[ 'w2', 9, [ 'getIt', 'id' ] ]"},
		{countTo(2), "await Array.fromAsync(x)", "[ 1, 2 ]"},
		{struct{ A int }{1}, "x", "error: give.it: the host gave a value of Go type struct { A int }, which scripts cannot take"},
	} {
		for _, sync := range []bool{true, false} {
			t.Run(fmt.Sprintf("%T/sync=%v", c.value, sync), func(t *testing.T) {
				give := &engine.Module{Name: "give", Functions: []engine.Function{{Name: "it", Sync: sync, Call: func(context.Context, []any) (any, error) { return c.value, nil }}}}
				code := "try { const x = await give.it(); console.log(" + c.code + ") } catch (e) { console.log('error: ' + e.message) }"
				out := script{code: code, config: engine.Config{Modules: []*engine.Module{give}}}.run(t)
				if out.err != nil || strings.TrimSpace(out.stdout) != c.want {
					t.Errorf("printed %q, want %q (error %v)", out.stdout, c.want, out.err)
				}
			})
		}
	}
}

func TestDefaultExport(t *testing.T) {
	for _, c := range []struct {
		code string
		want any
	}{
		{"export default { a: [1, 'x', null] }", map[string]any{"a": []any{int64(1), "x", nil}}},
		{"export default await demo.echo(1)", []any{int64(1)}},
		{"export default Promise.resolve(5)", int64(5)},
		{"module.exports = [1]", []any{int64(1)}},
		{"const x = 1; export { x as default }", int64(1)},
		{"export default undefined", nil},
		{"export const other = 1", nil},
		{"console.log('export')", nil},
		{"", nil},
		{"// only a comment", nil},
	} {
		t.Run(c.code, func(t *testing.T) {
			if out := (script{code: c.code, config: demoConfig()}).run(t); out.err != nil || !reflect.DeepEqual(out.result, c.want) {
				t.Errorf("got %#v, want %#v (error %v)", out.result, c.want, out.err)
			}
		})
	}
}
