package pages_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/tape/tapetest"
)

// TestSmallPartsLetPagesGo: scripts keep a small object of each page of a long list. Each script ends with what it measured and
// with what it has kept, as text.
func TestSmallPartsLetPagesGo(t *testing.T) {
	const count = 400
	page := tapetest.Page(50)
	all := float64(count*len(page)) / (1 << 20)
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "page", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
			return engine.JSON(bytes.Replace(page, []byte(`{`), fmt.Appendf(nil, `{"number":%d,`, args[0]), 1)), nil
		}},
		// Memory is what the heap has after all that nobody needs was collected, in MiB.
		{Name: "memory", Sync: true, Call: func(context.Context, []any) (any, error) {
			for range 3 {
				runtime.GC()
			}
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return float64(stats.HeapAlloc) / (1 << 20), nil
		}},
	}}
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(host))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ lua, js string }{
		"object inside": {"list[7].meta.device", "list[6].meta.device"},
		"item":          {"list[7]", "list[6]"},
		"item read":     {"(list[7].meta.device and list[7])", "(list[6].meta.device && list[6])"},
		"item changed":  {"mark(list[7])", "mark(list[6])"},
		"array inside":  {"list[7].meta.segments", "list[6].meta.segments"},
		"first":         {"list[1]", "list[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			var texts []string
			for file, code := range map[string]string{
				"keep.lua": `
local function mark(c) c.marked = true c.meta.nickname = "changed" return c end
local before, kept = host.memory(), {}
for n = 1, ` + strconv.Itoa(count) + ` do
  local list = host.page(n)
  for i, c in ipairs(list) do local _ = c.state end
  kept[n] = ` + c.lua + `
end
local held = host.memory() - before
for i = 1, 60 do host.page(i) end -- values stay what they are while others are let go
return { held, kept }`,
				"keep.js": `
const mark = (c) => { c.marked = true; c.meta.nickname = "changed"; return c };
const before = host.memory(), kept = [];
for (let n = 1; n <= ` + strconv.Itoa(count) + `; n++) {
  const list = host.page(n);
  for (const c of list) c.state;
  kept.push(` + c.js + `);
}
const held = host.memory() - before;
for (let i = 1; i <= 60; i++) host.page(i);
export default [held, kept];`,
			} {
				result, err := engine.Eval[[]any](t.Context(), eng, file, code)
				if err != nil {
					t.Fatal(err)
				}
				held, ok := result[0].(float64)
				kept, _ := result[1].([]any)
				if !ok || len(kept) != count {
					t.Fatalf("%s: %v, kept %d", file, result[0], len(kept))
				}
				t.Logf("%s holds %.1f MiB of %.0f", file, held, all)
				if held > 0.8*all { // with their tapes they are twice as much
					t.Errorf("%s holds %.1f MiB of %.0f", file, held, all)
				}
				texts = append(texts, strings.Join(strings.Fields(fmt.Sprint(kept)), " "))
			}
			if texts[0] != texts[1] {
				t.Errorf("the languages have kept different values: %.300s\n%.300s", texts[0], texts[1])
			}
		})
	}
}
