package lazy

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/tape/tapetest"
	"github.com/crisphost/crisphost/internal/testcpu"
)

// The scripts of the benchmarks: three fields of each item, every value, and the whole page as text again.
const (
	touch3 = `(list) => { let n = 0; for (const c of list) { if (c.session_id && c.state !== "resolved") n += c.updated_at } return n }`
	// The lookups of touch-all go through variables, as in a script that walks any data.
	touchAll = `(list) => {
		let n = 0;
		const walk = v => {
			if (Array.isArray(v)) for (const item of v) walk(item);
			else if (typeof v === "object" && v !== null) for (const k in v) walk(v[k]);
			else n += typeof v === "string" ? v.length : Number(v);
		};
		walk(list);
		return n;
	}`
	stringify = `(list) => JSON.stringify(list).length`
)

// reportCPU adds the process's CPU time to a benchmark's figures: its wall time includes waiting.
func reportCPU(b *testing.B) func() {
	before := testcpu.Used(b)
	return func() { b.ReportMetric(float64(testcpu.Used(b)-before)/float64(b.N), "cpu-ns/op") }
}

func BenchmarkJSON(b *testing.B) {
	page := tapetest.Page(50)
	for _, script := range []struct{ name, code string }{{"touch-3", touch3}, {"touch-all", touchAll}, {"stringify", stringify}} {
		for _, way := range []string{"lazy", "eager", "any", "parse"} {
			b.Run(script.name+"/"+way, func(b *testing.B) {
				rt := goja.New()
				fn := compile(b, rt, script.code)
				parse, _ := goja.AssertFunction(rt.Get("JSON").ToObject(rt).Get("parse"))
				b.ReportAllocs()
				defer reportCPU(b)()
				var large Pages
				for b.Loop() {
					var list goja.Value
					switch way {
					case "lazy", "eager":
						doc, err := tape.Parse(page)
						if err != nil {
							b.Fatal(err)
						}
						if way == "lazy" {
							list = NewValue(rt, &large, doc)
						} else {
							list = documents{rt: rt}.plain(doc, tape.Root)
						}
					case "any":
						var x any
						if err := json.Unmarshal(page, &x); err != nil {
							b.Fatal(err)
						}
						list = fromAny(rt, x)
					case "parse":
						var err error
						if list, err = parse(goja.Undefined(), rt.ToValue(string(page))); err != nil {
							b.Fatal(err)
						}
					}
					if v, err := fn(goja.Undefined(), list); err != nil || v.ToInteger() == 0 {
						b.Fatal(v, err)
					}
				}
			})
		}
	}
	b.Run("touch-3/go-typed", func(b *testing.B) {
		b.ReportAllocs()
		defer reportCPU(b)()
		for b.Loop() {
			goTyped(b, page)
		}
	})
}

// BenchmarkSmallJSON finds where views begin to pay: objects of n members, of which one is read.
func BenchmarkSmallJSON(b *testing.B) {
	for _, n := range []int{1, 2, 4, 8, 16, 32} {
		object := map[string]any{}
		for i := range n {
			object["member_"+string(rune('a'+i%26))+string(rune('a'+i/26))] = "some value"
		}
		text, err := json.Marshal(object)
		if err != nil {
			b.Fatal(err)
		}
		for _, way := range []string{"lazy", "eager"} {
			b.Run(string(rune('0'+n/10))+string(rune('0'+n%10))+"/"+way, func(b *testing.B) {
				rt := goja.New()
				fn := compile(b, rt, `x => x.member_aa`)
				b.ReportAllocs()
				for b.Loop() {
					doc, err := tape.Parse(text)
					if err != nil {
						b.Fatal(err)
					}
					view := documents{rt: rt}.view
					if way == "eager" {
						view = documents{rt: rt}.plain
					}
					if _, err := fn(goja.Undefined(), view(doc, tape.Root)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkListCall is a list call over HTTP and three fields of each item. The server's share, in the same process, is in
// all figures.
func BenchmarkListCall(b *testing.B) {
	page := tapetest.Page(50)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	}))
	defer server.Close()
	get := func(b *testing.B) []byte {
		resp, err := http.Get(server.URL)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		body := make([]byte, resp.ContentLength)
		if _, err := io.ReadFull(resp.Body, body); err != nil {
			b.Fatal(err)
		}
		return body
	}
	b.Run("go-typed", func(b *testing.B) {
		defer reportCPU(b)()
		for b.Loop() {
			goTyped(b, get(b))
		}
	})
	for _, way := range []string{"lazy", "eager"} {
		b.Run(way, func(b *testing.B) {
			rt := goja.New()
			fn := compile(b, rt, touch3)
			defer reportCPU(b)()
			for b.Loop() {
				doc, err := tape.Parse(get(b))
				if err != nil {
					b.Fatal(err)
				}
				list := documents{rt: rt}.view(doc, tape.Root)
				if way == "eager" {
					list = documents{rt: rt}.plain(doc, tape.Root)
				}
				if _, err := fn(goja.Undefined(), list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("transfer-only", func(b *testing.B) {
		defer reportCPU(b)()
		for b.Loop() {
			get(b)
		}
	})
}

func compile(b *testing.B, rt *goja.Runtime, code string) goja.Callable {
	v, err := rt.RunString(code)
	if err != nil {
		b.Fatal(err)
	}
	fn, _ := goja.AssertFunction(v)
	return fn
}

// goTyped is what a Go program does for touch-3.
func goTyped(b *testing.B, page []byte) {
	var list []tapetest.Conversation
	if err := json.Unmarshal(page, &list); err != nil {
		b.Fatal(err)
	}
	var n int64
	for _, c := range list {
		if c.SessionID != "" && c.State != "resolved" {
			n += c.UpdatedAt
		}
	}
	if n == 0 {
		b.Fatal("nothing found")
	}
}

// fromAny makes native objects of decoded values: what a host without a tape does.
func fromAny(rt *goja.Runtime, x any) goja.Value {
	switch x := x.(type) {
	case []any:
		items := make([]any, len(x))
		for i, item := range x {
			items[i] = fromAny(rt, item)
		}
		return rt.NewArray(items...)
	case map[string]any:
		object := rt.NewObject()
		for key, member := range x {
			_ = object.Set(key, fromAny(rt, member))
		}
		return object
	default:
		return rt.ToValue(x)
	}
}
