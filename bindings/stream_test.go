package bindings_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// TestLargeFilesInLittleMemory reads a CSV file row by row, writes it as another, and counts its lines. Its whole rows would take
// several times the bound.
func TestLargeFilesInLittleMemory(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector takes several times the memory")
	}
	const rows, bound = 40_000, 20 << 20
	directory := t.TempDir()
	f, err := os.Create(filepath.Join(directory, "in.csv"))
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	fmt.Fprintln(out, "id,name,email,note")
	for i := range rows {
		fmt.Fprintf(out, "%d,Person %d,person%d@example.com,%s\n", i, i, i, strings.Repeat("n", 200))
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		t.Fatal(err)
	}
	for file, code := range map[string]string{
		"a.lua": `
			local w, n, sum = csv.writer("out/lua.csv", { "id", "note" }), 0, 0
			for row in csv.rows("in.csv") do n = n + 1 sum = sum + row.id w:write(row) end
			w:close()
			local lines = 0
			for line in files.lines("out/lua.csv") do lines = lines + 1 end
			return { n, sum, lines }`,
		"a.js": `
			const w = await csv.writer("out/js.csv", ["id", "note"]);
			let n = 0, sum = 0, lines = 0;
			for await (const row of csv.rows("in.csv")) { n++; sum += Number(row.id); w.write(row); }
			w.close();
			for await (const line of files.lines("out/js.csv")) lines++;
			export default [n, sum, lines];`,
	} {
		runtime.GC()
		before := liveHeap()
		var live []uint64
		stop := make(chan struct{})
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					live = append(live, liveHeap())
				}
			}
		}()
		got, err := engine.Eval[[]int](t.Context(), eng, file, code, filesIn(t, directory))
		close(stop)
		<-watched
		if err != nil {
			t.Fatal(err)
		}
		if want := []int{rows, rows * (rows - 1) / 2, rows + 1}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
		// Not the most: a collection that takes long on a busy machine leaves what was made meanwhile. Rows that are kept would be more
		// and more.
		slices.Sort(live)
		if taken := int64(live[len(live)/2]) - int64(before); taken > bound {
			t.Errorf("%s took %d MiB", file, taken>>20)
		}
	}
}

// liveHeap is what the last collection has left.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestWriterOfAnEndedRun: what a script has written is in its place when the run ends, close or not, and nothing else is left.
func TestWriterOfAnEndedRun(t *testing.T) {
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		t.Fatal(err)
	}
	for file, code := range map[string]string{
		"open.lua":   `local w = csv.writer("x.csv") w:write({ a = 1 })`,
		"open.js":    `const w = await csv.writer("x.csv"); w.write({ a: 1 });`,
		"failed.lua": `local w = csv.writer("x.csv") w:write({ a = 1 }) error("no")`,
		"failed.js":  `const w = await csv.writer("x.csv"); w.write({ a: 1 }); throw new Error("no");`,
	} {
		directory := t.TempDir()
		if err := os.WriteFile(filepath.Join(directory, "x.csv"), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := engine.Eval[any](t.Context(), eng, file, code, filesIn(t, directory))
		if failed := strings.HasPrefix(file, "failed"); failed != (err != nil) {
			t.Errorf("%s: %v", file, err)
		}
		text, err := os.ReadFile(filepath.Join(directory, "x.csv"))
		if err != nil || string(text) != "a\n1\n" {
			t.Errorf("%s: %q, %v", file, text, err)
		}
		entries, err := os.ReadDir(directory)
		if err != nil || len(entries) != 1 {
			t.Errorf("%s left %v, %v", file, entries, err)
		}
	}
}

// TestRowsThatDoNotFit: a file whose first line does not fit its rows is refused when it is written.
func TestRowsThatDoNotFit(t *testing.T) {
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		t.Fatal(err)
	}
	const nameless, long = "row is an object, and the rows before it are arrays", "row has more items (2) than there are columns (1)"
	for _, c := range []struct{ file, code, want string }{
		{"a.lua", `local w = csv.writer("x.csv") w:write{1, 2} w:write{a = 1}`, nameless},
		{"a.js", `const w = await csv.writer("x.csv"); w.write([1, 2]); w.write({ a: 1 });`, nameless},
		{"b.lua", `local w = csv.writer("x.csv", {"a"}) w:write{1, 2}`, long},
		{"b.js", `const w = await csv.writer("x.csv", ["a"]); w.write([1, 2]);`, long},
		{"c.js", `const w = await csv.writer("x.csv"); w.write({ a: 1 }); w.write([1, 2]);`, long},
		{"d.js", `const w = await csv.writer("x.csv", ["a"], { header: false }); w.write([1, 2]); w.write({ a: 1 });`, ""},
		{"e.js", `const w = await csv.writer("x.csv"); w.write([1, 2]); w.write([1, 2, 3]);`, ""},
	} {
		_, err := engine.Eval[any](t.Context(), eng, c.file, c.code, filesIn(t, t.TempDir()))
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.code, err, c.want)
		}
	}
}

// TestOrderOfMembers: JavaScript keeps the order of members where nobody names the columns, and Lua has them sorted.
func TestOrderOfMembers(t *testing.T) {
	for file, c := range map[string]struct{ code, want string }{
		"order.js": {
			`console.log(json.encode({ b: 1, a: { d: 1, c: [{ z: 1, y: 2 }] } }), json.encode({ 2: 1, 1: 2, x: new Date(0) }));
console.log(csv.format([{ b: 1, a: 2 }, { c: 3, a: 4 }]) + csv.format(csv.parse("z,y\n1,2\n")));
console.log(csv.format([{ b: 1, a: 2 }], { columns: ["a"], header: false }));
console.log(json.encode(json.decode('{"b":1,"a":{"d":1,"c":2}}')));
printTable([{ b: 1, a: 2 }]);`,
			"{\"b\":1,\"a\":{\"d\":1,\"c\":[{\"z\":1,\"y\":2}]}} {\"1\":2,\"2\":1,\"x\":\"1970-01-01T00:00:00.000Z\"}\n" +
				"b,a,c\n1,2,\n,4,3\nz,y\n1,2\n\n2\n\n{\"b\":1,\"a\":{\"d\":1,\"c\":2}}\n b │ a\n───┼───\n 1 │ 2\n",
		},
		"order.lua": {
			`print(json.encode({ b = 1, a = { d = 1, c = { { z = 1, y = 2 } } } }))
print(csv.format({ { b = 1, a = 2 }, { c = 3, a = 4 } }) .. csv.format(csv.parse("z,y\n1,2\n")))
print(json.encode(json.decode('{"b":1,"a":{"d":1,"c":2}}')))
print_table({ { b = 1, a = 2 } })`,
			"{\"a\":{\"c\":[{\"y\":2,\"z\":1}],\"d\":1},\"b\":1}\na,b,c\n2,1,\n4,,3\ny,z\n2,1\n\n{\"a\":{\"c\":2,\"d\":1},\"b\":1}\n a │ b\n───┼───\n 2 │ 1\n",
		},
	} {
		if got := runText(t, file, c.code); got != c.want {
			t.Errorf("%s printed\n%s\nwant\n%s", file, got, c.want)
		}
	}
}
