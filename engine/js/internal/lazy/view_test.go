package lazy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
)

// parseView reads JSON the way a host function's result is read, except that small documents are views as well.
func parseView(t *testing.T, rt *goja.Runtime, text string) goja.Value {
	t.Helper()
	doc, err := tape.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return NewView(rt, doc)
}

func TestPrepare(t *testing.T) {
	if v, err := Prepare(12); v != 12 || err != nil {
		t.Errorf("a number became %v, %v", v, err)
	}
	if _, err := Prepare(engine.JSON(`{"a":`)); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("broken JSON: %v", err)
	}
	v, err := Prepare(engine.JSON(`{"a":1}`))
	if doc, ok := v.(*tape.Document); !ok || err != nil || doc.Len(tape.Root) != 1 {
		t.Errorf("JSON became %T, %v", v, err)
	}
}

func TestSmallDocumentsArePlain(t *testing.T) {
	rt := goja.New()
	for text, lazy := range map[string]bool{
		`{"fingerprint":1}`:                          false,
		`{"a":[` + strings.Repeat("1,", 100) + `1]}`: true,
	} {
		doc, err := tape.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := NewValue(rt, new(Pages), doc).Export().(*View); ok != lazy {
			t.Errorf("%s is lazy: %v", text, ok)
		}
	}
}

func TestLargeObject(t *testing.T) {
	rt := goja.New()
	var b strings.Builder
	b.WriteString(`{"__proto__":{"x":1}`)
	for i := range 200 {
		fmt.Fprintf(&b, `,"key%d":{"n":%d}`, i, i)
	}
	b.WriteString("}")
	if err := rt.Set("x", parseView(t, rt, b.String())); err != nil {
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
	rt := goja.New()
	MakeLockable(rt)
	for _, code := range lockScripts {
		t.Run(code, func(t *testing.T) {
			var shown [2]string
			parsed, err := rt.RunString("JSON.parse('" + text + "')")
			if err != nil {
				t.Fatal(err)
			}
			for side, x := range []goja.Value{parsed, parseView(t, rt, text)} {
				if err := rt.Set("x", x); err != nil {
					t.Fatal(err)
				}
				got, err := rt.RunString("(() => { try { return JSON.stringify(eval(" + fmt.Sprintf("%q", code) + ")) } catch (e) { return e.name } })()")
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
		doc, err := Prepare(engine.JSON(text))
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
		docs := documents{rt: rt}
		for way, value := range map[string]goja.Value{"lazy": docs.view(doc.(*tape.Document), tape.Root), "eager": docs.plain(doc.(*tape.Document), tape.Root)} {
			if got, err := stringify(goja.Undefined(), value); err != nil || got.String() != want.String() {
				t.Fatalf("%s: %v, %v, want %s", way, got, err, want)
			}
		}
	})
}

// A view that is detached from its document is the same object with the same values.
func TestDetachedView(t *testing.T) {
	doc, err := tape.Parse([]byte(`{"a": 1, "b": {"c": {"d": "x"}, "e": [1, {"f": 2}]}, "g": null}`))
	if err != nil {
		t.Fatal(err)
	}
	rt := goja.New()
	root := NewView(rt, doc).(*goja.Object)
	if err := rt.Set("root", root); err != nil {
		t.Fatal(err)
	}
	run := func(code string, want any) {
		t.Helper()
		if got, err := rt.RunString(code); err != nil || got.Export() != want {
			t.Errorf("%s: %v, %v, want %v", code, got, err, want)
		}
	}
	run("b = root.b, c = b.c, e = b.e, b.c.d", "x")
	for _, object := range []goja.Value{rt.Get("b"), rt.Get("c"), root} {
		view := object.(*goja.Object).Export().(*View)
		view.Detach()
		if view.Held() != 0 || view.doc == doc {
			t.Error("the view still reads from the document")
		}
	}
	run("root.b === b && b.c === c && b.e === e", true)
	run("JSON.stringify(root)", `{"a":1,"b":{"c":{"d":"x"},"e":[1,{"f":2}]},"g":null}`)
	run("c.d = 'y', e.push(3), delete b.c.nothing, b.n = 4, JSON.stringify(root)",
		`{"a":1,"b":{"c":{"d":"y"},"e":[1,{"f":2},3],"n":4},"g":null}`)
}
