package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// live is for consoles that a browser looks at, whose clock is the same.
func live(o *console.Options) { o.Now = time.Now }

func TestListKeepsUpToDate(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	ctx := browser(t)
	do(ctx, t, chromedp.Navigate(base), shows("h1", "Scripts"), shows(".filters", "8 in all"))
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`window.here = document.querySelector("#script-sync-people"), void 0`)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return f.subscribers() == 1 })

	f.put(state.Script{Name: "a-new-script", Path: "a-new-script.js", Language: "javascript", Version: "aaaaaaaa"}, "print(1)")
	do(ctx, t, shows(".filters", "9 in all"), shows(".scripts #script-a-new-script", "a-new-script"))
	f.change(console.Event{Script: "find-duplicates"}, func() { delete(f.scripts, "find-duplicates") })
	do(ctx, t, shows(".filters", "8 in all"))
	same, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.here === document.querySelector("#script-sync-people")`))
	if err != nil || !same {
		t.Errorf("an unchanged row was made anew (%v)", err)
	}
}

func TestLogIsLive(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	id, err := f.Trigger(t.Context(), "daily-digest", nil, "a test")
	if err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)
	do(ctx, t, chromedp.Navigate(base+"/runs/"+id), shows(".state", "scheduled"), shows(".waiting", "It has not started yet."))
	f.edit(id, func(r *state.Run) { r.State, r.StartedAt = state.Running, time.Now() })
	do(ctx, t, shows(".state", "running"))
	f.print(id, "print", "<b>first</b>", "second")
	do(ctx, t, shows("#lines", "<b>first</b>"), shows("#lines", "second"), shows("#shown", "2 lines"))
	f.edit(id, func(r *state.Run) { r.Attempt = 2 })
	f.print(id, "error", "third")
	do(ctx, t, shows(".attempt", "Attempt 2"), shows(".is-error", "third"))
	f.print(id, "info", strings.Repeat("long ", 200))
	f.edit(id, func(r *state.Run) {
		r.State, r.EndedAt = state.Failed, time.Now()
		r.Error = &state.RunError{Message: "it broke", File: "daily-digest.lua", Line: 11, Column: 5}
	})
	do(ctx, t, shows(".state", "failed"), shows(".problem", "it broke"), shows(".here", "break"), shows("#shown", "4 lines"))
	// The stream has ended, and the browser does not open it again.
	until(t, func() bool { return f.subscribers() == 0 })
}

func TestButtons(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	ctx := browser(t)

	const row = "#script-daily-digest "
	do(ctx, t, chromedp.Navigate(base), chromedp.Click(chromedp.CSS(row+`form[action$="/pause"] button`)), shows(row+".state", "paused"))
	if s, _ := f.Script(t.Context(), "daily-digest"); !s.Paused {
		t.Error("the script is not paused")
	}
	do(ctx, t, chromedp.Click(chromedp.CSS(row+`form[action$="/resume"] button`)), shows(row+".next", "in "))
	if s, _ := f.Script(t.Context(), "daily-digest"); s.Paused {
		t.Error("the script is still paused")
	}

	// By keyboard alone: the script's page, the arguments, run.
	do(ctx, t, chromedp.Focus(chromedp.CSS(row+"h2 a")), chromedp.KeyEvent("\r"), shows("h1", "daily-digest"))
	do(ctx, t, chromedp.Focus(chromedp.CSS(".arguments summary")), chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("#args")),
		chromedp.SendKeys(chromedp.CSS("#args"), "30\n--dry-run <b>\n"))
	do(ctx, t, chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"),
		shows("h1", "Run of"), shows(".argument", "--dry-run <b>"), shows(".facts", "by hand (console)"))
	run := f.lastRun("daily-digest")
	if want := []string{"30", "--dry-run <b>"}; strings.Join(run.Trigger.Args, "|") != strings.Join(want, "|") {
		t.Errorf("the run has the arguments %q", run.Trigger.Args)
	}
	f.edit(run.ID, func(r *state.Run) { r.State, r.StartedAt = state.Running, time.Now() })
	do(ctx, t, shows(".state", "running"), chromedp.Click(chromedp.CSS(".danger")), shows(".state", "cancelled"))

	// Running again takes the same arguments.
	do(ctx, t, chromedp.Click(chromedp.CSS(`form[action="/script/trigger"] button`)), shows(".state", "scheduled"))
	if again := f.lastRun("daily-digest"); again.ID == run.ID || strings.Join(again.Trigger.Args, "|") != "30|--dry-run <b>" {
		t.Errorf("the second run is %+v", again)
	}
}

func TestBrokenSaveIsShownAndMended(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	ctx := browser(t)
	do(ctx, t, chromedp.Navigate(base), shows("#script-tag-by-keyword .trouble", "Line 12: unexpected symbol near 'then'"),
		chromedp.Click(chromedp.CSS("#script-tag-by-keyword h2 a")),
		shows(".notice", "The last save does not work"), shows(".excerpt .here", "if message.content:lower() == then"),
		shows(".notice", "the last good one, keeps running"))
	s, err := f.Script(t.Context(), "tag-by-keyword")
	if err != nil {
		t.Fatal(err)
	}
	s.Broken, s.Version = nil, "feedbeef"
	f.put(s, "print('mended')") // the page may be just opening
	do(ctx, t, shows("h1 .state", "healthy"), shows(".code", "print('mended')"), chromedp.WaitNotPresent(chromedp.CSS(".notice")))
}

func TestLoginInBrowser(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live, withToken)
	ctx := browser(t)
	do(ctx, t, chromedp.Navigate(base+"/timeline"), shows("h1", "Log in"),
		chromedp.SendKeys(chromedp.CSS("#token"), "not the right token\r"), shows(".wrong", "This is not the console's token."),
		chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"), shows(".timeline", "sync-people"))
	cookie, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.cookie"))
	if err != nil || cookie != "" {
		t.Errorf("a script can read the cookie %q (%v)", cookie, err)
	}
	do(ctx, t, chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)), shows("h1", "Log in"))
	do(ctx, t, chromedp.Navigate(base), shows("h1", "Log in"))
}

// Hostile names, lines and errors are shown as they are and run nothing. The browser would report what the policy refuses.
func TestHostileTextInBrowser(t *testing.T) {
	f := newFake(time.Now)
	id := hostile(f)
	base := serve(t, f, live)
	ctx := browser(t)
	for _, page := range []string{"/", scriptPath(evil), "/runs", "/runs/" + id, "/timeline"} {
		do(ctx, t, chromedp.Navigate(base+page), shows("main", "<script>"))
		f.print(id, "info", "</li><img src=x onerror=fail()>")
	}
	f.edit(id, func(r *state.Run) { r.State, r.StartedAt = state.Running, time.Now() })
	do(ctx, t, chromedp.Navigate(base+"/runs/"+id), shows(".state", "running"))
	f.print(id, "info", `<img src=x onerror="throw 1"> live`)
	do(ctx, t, shows("#lines", `<img src=x onerror="throw 1"> live`))
	images, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("img, script:not([src])").length`))
	if err != nil || images != 0 {
		t.Errorf("%d elements came from text (%v)", images, err)
	}
}

func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		testrequire.Missing(t, "chromium", "axe-core is not installed: run npm ci in scripts/console/testdata/axe")
	}
	base, pages := gallery(t)
	pages["empty"] = serve(t, newFake(time.Now)) + "/"
	pages["login"] = serve(t, newFake(time.Now), withToken) + "/login"
	ctx := browser(t)
	for name, page := range pages {
		if !strings.HasPrefix(page, "http") {
			page = base + page
		}
		for _, s := range []screen{screens[0], screens[3]} { // each layout and each scheme once
			t.Run(name+" "+s.name, func(t *testing.T) {
				do(ctx, t, s.set(), chromedp.Navigate(page), chromedp.Evaluate[chromedp.Void](string(axe)))
				for _, v := range violations(ctx, t) {
					t.Errorf("%s: %s\n%s", v.ID, v.Help, v.Nodes)
				}
			})
		}
	}
}

type violation struct {
	ID, Help string
	Nodes    json.RawMessage
}

func violations(ctx context.Context, t *testing.T) []violation {
	t.Helper()
	const check = `axe.run({ resultTypes: ["violations"] }).then(r => {
		if (r.passes.length < 10) throw new Error("axe checked next to nothing");
		return r.violations.map(v => ({ ID: v.id, Help: v.help, Nodes: v.nodes.map(n => n.html + "  " + n.failureSummary) }));
	})`
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](check, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// until waits for something that a browser does in its own time.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}

func TestRelativeTimesAreTheSameInThePage(t *testing.T) {
	base := serve(t, newFake(time.Now))
	ctx := browser(t)
	do(ctx, t, chromedp.Navigate(base))
	console.Relatives(func(age time.Duration, want string) {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf("relative(%d, 10000000000000)", 10000000000000-age.Milliseconds())))
		if err != nil || got != want {
			t.Errorf("%v ago is %q, want %q (%v)", age, got, want, err)
		}
	})
}
