package render

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/layout"
	"github.com/crisphost/crisphost/internal/painttest"
	"github.com/crisphost/crisphost/internal/plain"
)

// testNow is the time in every test.
var testNow = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func testPrinter(columns int) *Printer {
	return &Printer{Format: Table, Width: columns, Now: func() time.Time { return testNow }}
}

func parsed(t testing.TB, text string) Value {
	t.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func items(list Value) []Value { return slices.Collect(list.Items()) }

func TestRelativeTimes(t *testing.T) {
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"}, {59 * time.Second, "just now"}, {time.Minute, "1 min ago"}, {59 * time.Minute, "59 min ago"}, {time.Hour, "1 h ago"},
		{47 * time.Hour, "47 h ago"}, {48 * time.Hour, "2 days ago"}, {30 * 24 * time.Hour, "30 days ago"}, {31 * 24 * time.Hour, "2026-01-30"},
		{-time.Second, "in 1 min"}, {-3 * time.Hour, "in 3 h"}, {-400 * 24 * time.Hour, "2027-04-06"},
	} {
		if got := relative(testNow.Add(-c.ago), testNow); got != c.want {
			t.Errorf("%v ago is %q, want %q", c.ago, got, c.want)
		}
	}
}

// TestNothingReachesTheTerminal looks at every byte of every format.
func TestNothingReachesTheTerminal(t *testing.T) {
	var rows []Value
	for _, text := range painttest.Nasty {
		quoted := QuoteJSON(text)
		rows = append(rows,
			parsed(t, "{"+quoted+":"+quoted+`,"n":1,"list":[`+quoted+"]}"),
			parsed(t, `{"text":`+quoted+`,"n":1}`),
		)
	}
	for _, f := range []Format{Table, JSON, CSV, YAML} {
		for _, expanded := range []bool{false, true} {
			p := testPrinter(80)
			p.Format, p.Expanded = f, expanded
			texts := []string{p.List(rows, 0, true, nil)}
			for _, item := range rows {
				texts = append(texts, p.Single(item))
				for _, v := range item.members() {
					texts = append(texts, p.Single(v))
					break
				}
			}
			for _, text := range texts {
				for _, r := range text {
					if plain.IsUnsafe(r) && r != '\n' && r != '\t' {
						t.Fatalf("%s lets %U pass: %q", f, r, text)
					}
				}
				if !utf8.ValidString(text) {
					t.Errorf("%s writes bytes that are no UTF-8", f)
				}
			}
		}
	}
}

func TestTablesFit(t *testing.T) {
	var b strings.Builder
	for i, text := range painttest.Nasty {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":%s,"id":"8c842203-7ed8-4e29-a608-7cf78a7d2fcc","count":%d,"created_at":1772441%06d}`, QuoteJSON(text), i*1000, i)
	}
	rows := items(parsed(t, "["+b.String()+"]"))
	for _, columns := range []int{1, 5, 10, 20, 40, 79, 80, 120, 300} {
		for line := range strings.Lines(testPrinter(columns).table(rows, 0)) {
			if w := plain.Width(strings.TrimSuffix(line, "\n")); w > columns {
				t.Errorf("%d columns: a line takes %d: %s", columns, w, line)
			}
		}
	}
	for _, r := range resources() {
		g := grid{columns: r.columns}
		for range 2 {
			var cells []cell
			for range r.columns {
				cells = append(cells, cell{text: strings.Repeat("x", 30)})
			}
			g.rows = append(g.rows, cells)
		}
		for columns := 1; columns < 300; columns += 7 {
			total, shown := 0, 0
			for _, w := range g.fit(columns) {
				if w > 0 {
					total += w
					shown++
				}
			}
			if total += (shown - 1) * len(layout.Gap); total > columns || shown == 0 {
				t.Errorf("%v: %d of %d columns", r.marks, total, columns)
			}
		}
	}
}

func TestTable(t *testing.T) {
	rows := items(parsed(t, `[{"name":"Ann","n":1,"at":{"x":1},"ok":true,"created_at":1772441940000},{"name":"日本 太郎","n":20,"ok":false,"tags":["a","b"]}]`))
	want := strings.Join([]string{
		"#  name        n  ok     created_at  at      tags",
		"─  ─────────  ──  ─────  ──────────  ──────  ────",
		"1  Ann         1  true   1 min ago   {x: 1}",
		"2  日本 太郎  20  false                      a, b",
		"",
	}, "\n")
	if got := testPrinter(80).table(rows, 1); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := testPrinter(80).table(items(parsed(t, `[[1,"a"],[2]]`)), -1); got != "0  1\n─  ─\n1  a\n2\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).table(items(parsed(t, `[{"a.b":1,"c d":2,"":3}]`)), -1); got != "a.b  c d\n───  ───  ─\n  1    2  3\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).csv(items(parsed(t, `[{"a.b":1,"a":{"c":"x"}},5]`)), nil, true); got != "a.b,a.c,value\n1,x,\n,,5\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).table(items(parsed(t, `[1,"a",null,{"b":1}]`)), 0); got != "#  value\n─  ──────\n0  1\n1  a\n2\n3  {b: 1}\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestTree(t *testing.T) {
	v := parsed(t, `{"name":"Ann\nB","at":1772441940000,"updated_at":1772441940000,"none":null,"empty":[],"tags":["a","b"],"meta":{"email":"a@b.example","deep":{"x":1.50}},"list":[{"a":1,"b":[]},2]}`)
	want := strings.Join([]string{
		`name        Ann\nB`,
		`at          1772441940000`,
		`updated_at  1772441940000  1 min ago`,
		`none        null`,
		`empty       []`,
		`tags        a, b`,
		`meta`,
		`  email  a@b.example`,
		`  deep`,
		`    x  1.50`,
		`list`,
		`  - a  1`,
		`    b  []`,
		`  - 2`,
		``,
	}, "\n")
	if got := testPrinter(80).Single(v); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	deep := strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)
	if got := testPrinter(80).Single(parsed(t, deep)); strings.Count(got, "\n") > maxDepth+1 {
		t.Errorf("a deep tree has no end:\n%s", got)
	}
}

// FuzzJSON compares what is shown of a value with its text.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":1,"b":{"c":[1,"x\"]",{}]}}`, `[]`, `[ 1 , [2,"\\"] ]`, `"\ud83d"`, `{"":null," ":-1.5e3}`, `["]"]`, `{"a":"\u0000\\"}`, `{"a":1,"a":2}`, "\"a\xffb\""} {
		f.Add([]byte(text))
	}
	decode := func(text string) (any, error) {
		var v any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		err := dec.Decode(&v)
		return v, err
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		want, err := decode(string(text))
		if err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		for _, shown := range []string{v.JSON(), v.SortedJSON(), testPrinter(0).json(v)} {
			if got, err := decode(shown); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q is shown as %q (%v)", text, shown, err)
			}
		}
	})
}
