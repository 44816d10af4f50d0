package repl

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/layout"
	"github.com/crisphost/crisphost/internal/plain"
)

func testPrinter(columns int) *printer {
	return &printer{format: formatTable, width: columns, now: func() time.Time { return testNow }}
}

func parsed(t testing.TB, text string) value {
	t.Helper()
	v, err := parseValue([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

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

// nasty are texts of customers who mean no good, or write in their own language.
var nasty = []string{
	"\x1b[2J\x1b[31mred", "bell\a back\b tab\t line\nbreak\r\n", "\u202eright to left", "zero\u200bwidth\ufeff", "c1 \u009b31m", "del\x7f",
	"日本語のテキスト", "한국어", "👩‍👩‍👧‍👦 family", "🇩🇪 flag", "e\u0301 combining", "Z̷̡̢̛a̸l̵g̶o̷", "ﷺ wide", "नमस्ते", "السلام عليكم", "\ufffd", strings.Repeat("long ", 100), "",
	strings.Repeat("́", 500), "\u2028line\u2029paragraph", "\U000e0041tag",
}

// TestNothingReachesTheTerminal looks at every byte of every format.
func TestNothingReachesTheTerminal(t *testing.T) {
	var items []value
	for _, text := range nasty {
		items = append(items,
			value{kind: '{', members: []member{{text, value{kind: '"', text: text}}, {"n", value{kind: '0', text: "1"}}, {"list", value{kind: '[', items: []value{{kind: '"', text: text}}}}}},
			value{kind: '{', members: []member{{"text", value{kind: '"', text: text}}, {"n", value{kind: '0', text: "1"}}}},
		)
	}
	for _, f := range []format{formatTable, formatJSON, formatCSV, formatYAML} {
		for _, expanded := range []bool{false, true} {
			p := testPrinter(80)
			p.format, p.expanded = f, expanded
			texts := []string{p.list(items, 0, true, nil)}
			for _, item := range items {
				texts = append(texts, p.single(item), p.single(item.members[0].value))
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
	for i, text := range nasty {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":%s,"id":"8c842203-7ed8-4e29-a608-7cf78a7d2fcc","count":%d,"created_at":1772441%06d}`, quoteJSON(text), i*1000, i)
	}
	rows := parsed(t, "["+b.String()+"]").items
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
	rows := parsed(t, `[{"name":"Ann","n":1,"at":{"x":1},"ok":true,"created_at":1772441940000},{"name":"日本 太郎","n":20,"ok":false,"tags":["a","b"]}]`).items
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
	if got := testPrinter(80).table(parsed(t, `[[1,"a"],[2]]`).items, -1); got != "0  1\n─  ─\n1  a\n2\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).table(parsed(t, `[{"a.b":1,"c d":2,"":3}]`).items, -1); got != "a.b  c d\n───  ───  ─\n  1    2  3\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).csv(parsed(t, `[{"a.b":1,"a":{"c":"x"}},5]`).items, nil, true); got != "a.b,a.c,value\n1,x,\n,,5\n" {
		t.Errorf("got\n%s", got)
	}
	if got := testPrinter(80).table(parsed(t, `[1,"a",null,{"b":1}]`).items, 0); got != "#  value\n─  ──────\n0  1\n1  a\n2\n3  {b: 1}\n" {
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
	if got := testPrinter(80).single(v); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	deep := strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)
	if got := testPrinter(80).single(parsed(t, deep)); strings.Count(got, "\n") > maxDepth+1 {
		t.Errorf("a deep tree has no end:\n%s", got)
	}
}

func TestLargeResults(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, sandbox.Config{Conversations: 300, People: -1, Visitors: -1})
	text := x.enter(t,
		"'x'.repeat(500000)",
		"({text: 'x'.repeat(500000), list: Array.from({length: 5000}, (_, i) => ({i}))})",
		"Array.from({length: 10000}, (_, i) => ({i, text: 'row ' + i}))", "it",
		"Array.from({length: 10000}, (_, i) => i)",
		".json", "Array.from({length: 10000}, (_, i) => ({i}))", "({a: Array.from({length: 10000}, (_, i) => i)})",
		"'still here'")
	contains(t, text, "(480,000 more characters)", "more lines; .out FILE writes everything)", "20 of 10,000 · it shows more", "40 of 10,000 · it shows more", "row 39", "\"still here\"\n")
	lacks(t, text, "row 40")
	if len(text) > 200_000 {
		t.Errorf("%d bytes on the screen", len(text))
	}
}

func TestNastyEntries(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	text := x.enter(t,
		`'\u001b[2J\u202e\u0007' + 'x'`, `({a: '\u001b[31m'})`, `console.log('\u001b[2J\u001b[31mred\u001b[0m')`, `throw new Error('\u001b[2Jbad')`,
		"'"+strings.Repeat("y", 1<<20)+"'.length", "'a\xff\xfeb'.length", `'\ud800'`, `[{a: '\ud83d'}]`, ".nope\x1b[2J", ".load \x1b[2J.js", "it", "'still here'")
	contains(t, text, "1048576\n", "still here\n", `\u001b[2J`)
	// Without a live terminal scripts write what they like; nothing else does.
	lacks(t, strings.Replace(text, "\x1b[2J\x1b[31mred\x1b[0m", "", 1), "\x1b", "\u202e", "\a")
}

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n":                   "plain\n",
		"\x1b[31mred\x1b[0m":        "\x1b[31mred\x1b[0m",
		"\x1b[38;5;1mx\x1b[2Jy":     "\x1b[38;5;1mx\\u001b[2Jy",
		"\x1b]0;title\a":            `\u001b]0;title\u0007`,
		"\x1b":                      `\u001b`,
		"\x1b[":                     `\u001b[`,
		"a\xffb":                    "a\ufffdb",
		"tab\tline\nreturn\rbell\a": "tab\tline\nreturn\\rbell\\u0007",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestPagesComeWhenAsked counts the requests of a stream that is paged through.
func TestPagesComeWhenAsked(t *testing.T) {
	for language, line := range map[engine.Language]string{
		engine.JavaScript: "crisp.conversations.each({per_page: 20})", engine.Lua: "crisp.conversations.each{per_page = 20}",
	} {
		x := newTrial(t, language, false, sandbox.Config{Conversations: 50, People: -1, Visitors: -1})
		var requests []int64
		x.reader.before = func(string) { requests = append(requests, x.cfg.Guard.progress.requests.Load()) }
		text := x.enter(t, line, "it", "it", "it", "1")
		contains(t, text, "20 · it shows more", "40 · it shows more", "50 rows")
		if got := fmt.Sprint(requests[1:4]); got != "[1 2 3]" && got != "[1 2 4]" {
			t.Errorf("%s: requests before each line: %v", language, requests)
		}
	}
}

func TestFormatsOfAPipe(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	if err := x.pipe(t, ".csv\ncrisp.people.list({limit: 25}).map(p => ({email: p.email}))\n"); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(x.out.String(), "\n"); lines != 26 || x.err.String() != "" {
		t.Errorf("%d lines\n%s%s", lines, x.out, x.err)
	}
}

func TestWebsiteWithoutName(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Host.WebsiteID = "22222222-2222-4222-8222-222222222222"
	text := x.enter(t, "1", ".website")
	contains(t, text, "1\n", "website 22222222…")
	x = newTrial(t, engine.JavaScript, false, small)
	x.cfg.Host.WebsiteID = ""
	contains(t, x.enter(t, "1"), "1\n")
}

func TestPromptText(t *testing.T) {
	for _, text := range nasty {
		for _, r := range promptText(text) {
			if plain.IsUnsafe(r) || r == '\u200d' {
				t.Errorf("%q leaves %U", text, r)
			}
		}
	}
}

// BenchmarkPrintPage shows that printing a page costs less than fetching it.
func BenchmarkPrintPage(b *testing.B) {
	x := newTrial(b, engine.JavaScript, false, sandbox.Config{})
	fetch := func() engine.JSON {
		resp, err := x.cfg.Host.Client.Call(b.Context(), "GET", "website/"+sandbox.WebsiteID+"/conversations/1?per_page=20", nil)
		if err != nil {
			b.Fatal(err)
		}
		return engine.JSON(resp.Data)
	}
	data := fetch()
	b.Run("fetch", func(b *testing.B) {
		for b.Loop() {
			fetch()
		}
	})
	b.Run("print", func(b *testing.B) {
		p := testPrinter(120)
		for b.Loop() {
			items, _ := splitList(data)
			list := pager{items: items}
			rows, err := list.take(pageSize)
			if err != nil {
				b.Fatal(err)
			}
			p.list(rows, 0, true, nil)
		}
	})
}

// FuzzRows compares reading by levels with reading everything.
func FuzzRows(f *testing.F) {
	for _, text := range []string{`{"a":1,"b":{"c":[1,"x\"]",{}]}}`, `[]`, `[ 1 , [2,"\\"] ]`, `"\ud83d"`, `{"":null," ":-1.5e3}`, `["]"]`, `{"a":"\u0000\\"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lazy, lazyErr := parseRow(text)
		_ = lazy.deep()
		items, ok := splitList(text)
		whole, err := parseValue(text)
		if err != nil || !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
			return // only valid text is promised to be read alike
		}
		for _, m := range whole.members {
			want, _ := whole.member(m.name)
			if got, ok := (value{kind: '{', raw: bytes.TrimSpace(text)}).member(m.name); !ok || got.deep().json() != want.json() {
				t.Errorf("%q has %s as %q, not %s", text, got.deep().json(), m.name, want.json())
			}
		}
		if lazyErr != nil || lazy.deep().json() != whole.json() {
			t.Errorf("%q is %s, not %s (%v)", text, lazy.deep().json(), whole.json(), lazyErr)
		}
		if ok && len(items) != len(whole.items) {
			t.Errorf("%q has %d items, not %d", text, len(items), len(whole.items))
		}
	})
}
