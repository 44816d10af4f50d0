package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl/internal/render"
)

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

// TestPagesComeWhenAsked counts the requests of a stream that is paged through.
func TestPagesComeWhenAsked(t *testing.T) {
	for language, line := range map[engine.Language]string{
		engine.JavaScript: "crisp.conversations.each({per_page: 20})", engine.Lua: "crisp.conversations.each{per_page = 20}",
	} {
		x := newTrial(t, language, false, sandbox.Config{Conversations: 50, People: -1, Visitors: -1})
		var requests []int64
		x.counts = "/conversations/"
		x.reader.before = func(string) { requests = append(requests, x.requests.Load()) }
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
	x.cfg.WebsiteID = "22222222-2222-4222-8222-222222222222"
	text := x.enter(t, "1", ".website")
	contains(t, text, "1\n", "website 22222222…")
	x = newTrial(t, engine.JavaScript, false, small)
	x.cfg.WebsiteID = ""
	contains(t, x.enter(t, "1"), "1\n")
}

// BenchmarkPrintPage shows that printing a page costs less than fetching it.
func BenchmarkPrintPage(b *testing.B) {
	x := newTrial(b, engine.JavaScript, false, sandbox.Config{})
	fetch := func() engine.JSON {
		resp, err := x.cfg.Client.Call(b.Context(), "GET", "website/"+sandbox.WebsiteID+"/conversations/1?per_page=20", nil)
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
		p := &render.Printer{Format: render.Table, Width: 120, Now: func() time.Time { return testNow }}
		for b.Loop() {
			v, err := render.Parse(data)
			if err != nil {
				b.Fatal(err)
			}
			list := newPager(v)
			rows, err := list.take(pageSize)
			if err != nil {
				b.Fatal(err)
			}
			p.List(rows, 0, true, nil)
			list.close()
		}
	})
}
