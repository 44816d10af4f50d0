//go:build unix

package console_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/worker"
)

// beWorker does not return when a host has started this process.
func beWorker() { worker.MainIf(newEngine) }

func newEngine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.With(js.WithCacheSize(0)), bindings.Modules())
}

// startHost runs the scripts of a directory against a sandbox, and ends with the test.
func startHost(t *testing.T, dir string) *host.Host {
	t.Helper()
	db := statetest.Open(t, statetest.SQLite(t))
	eng, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.Start(t.Context(), host.Config{
		DB: db, Directory: dir, Engine: eng,
		Workers: worker.Options{Client: sandboxtest.Client(t, sandbox.Config{}), WebsiteID: sandbox.WebsiteID, Bundles: t.TempDir()},
		Logger:  slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

// TestConsoleOfAHost does in a browser what people do, with real scripts that real workers run: it runs one, reads its log as it is
// written, cancels one, pauses, breaks a script and mends it.
func TestConsoleOfAHost(t *testing.T) {
	dir := t.TempDir()
	write := func(name, code string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("report.js", "/** Reports.\n * @schedule 0 9 * * 1-5\n */\nconst list = await crisp.conversations.list({limit: 3})\nconsole.log(`found ${list.length} conversations`)\n"+
		"await new Promise((done) => setTimeout(done, 1500))\nconsole.log('and went on')\nthrow new Error('it broke')\n")
	write("loop.lua", "-- Loops for ever.\nprint('looping')\nwhile true do end\n")
	h := startHost(t, dir)
	c, err := console.New(h, console.Options{Addr: "127.0.0.1:8686", Directory: dir, Ready: h.Ready})
	if err != nil {
		t.Fatal(err)
	}
	base := serveConsole(t, c)
	ctx := browser(t)

	const report = "#script-report "
	do(ctx, t, chromedp.Navigate(base), shows("h1", "Scripts"), shows(report, "Reports."), shows(report+".next", "in "),
		chromedp.Click(chromedp.CSS(report+"h2 a")), shows("h1", "report"),
		chromedp.Click(chromedp.CSS(`form[action="/script/trigger"] button`)), shows("h1", "Run of"),
		shows("#lines", "found 3 conversations"), shows(".state", "running"), shows("#lines", "and went on"),
		shows(".state", "failed"), shows(".problem", "it broke"), shows(".here", "throw new Error('it broke')"), shows("body", "website.conversations.list"))

	const loop = "#script-loop "
	do(ctx, t, chromedp.Navigate(base), chromedp.Click(chromedp.CSS(loop+`form[action$="/trigger"] button`)), shows("#lines", "looping"),
		chromedp.Click(chromedp.CSS(".danger")), shows(".state", "cancelled"), shows(".facts", "console"))

	do(ctx, t, chromedp.Navigate(base), chromedp.Click(chromedp.CSS(report+`form[action$="/pause"] button`)), shows(report+".state.is-paused", "paused"),
		chromedp.Click(chromedp.CSS(report+`form[action$="/resume"] button`)), shows(report+".next", "in "))

	write("report.js", "// @schedule 0 9 * * 1-5\nconst x = ;\n")
	do(ctx, t, shows(report+".trouble", "Line 2"), chromedp.Click(chromedp.CSS(report+"h2 a")),
		shows(".notice", "The last save does not work"), shows(".excerpt .here", "const x = ;"))
	write("report.js", "// @schedule 0 10 * * 1-5\nconsole.log('mended')\n")
	do(ctx, t, shows(".code", "mended"), chromedp.WaitNotPresent(chromedp.CSS("#broken")),
		chromedp.Navigate(base+"/timeline"), shows("body", "loop"))
	if err := os.Remove(filepath.Join(dir, "loop.lua")); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.Navigate(base), shows(".filters", "1 in all"))
}
