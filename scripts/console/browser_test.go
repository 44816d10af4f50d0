package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

// browser starts chromium, which ends with the test. What a page reports as an error, such as a style that its policy refuses,
// fails the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		testrequire.Missing(t, "chromium", "chromium is not installed: apt-get install chromium")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true),
	)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	messages, read := chromedp.Console(ctx), make(chan struct{})
	go func() {
		defer close(read)
		for m, err := range messages {
			if err != nil {
				return
			}
			if strings.HasPrefix(m.Text, "Failed to load resource") {
				continue // what a test asks for
			}
			if m.Type == "error" || m.Type == chromedp.ConsoleException {
				t.Errorf("the browser reports: %s (%s)", m.Text, m.URL)
			}
		}
	}()
	t.Cleanup(func() {
		ending, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if err := chromedp.Cancel(ending); err != nil {
			t.Errorf("chromium does not end: %v", err)
		}
		<-read
	})
	return ctx
}

// serve answers a console over a fake on a free port and returns its URL.
func serve(t *testing.T, f *fake, change ...func(*console.Options)) string {
	t.Helper()
	return serveConsole(t, open(t, f, change...))
}

func serveConsole(t *testing.T, c *console.Console) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	server.RegisterOnShutdown(c.Close)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("the server does not shut down: %v", err)
		}
		<-done
	})
	return "http://" + listener.Addr().String()
}

// do runs steps in the browser, for some minutes at most.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// shows waits until an element contains a text, over loads of the page.
func shows(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		const found = `[...document.querySelectorAll(%q)].some(e => e.innerText.replace(/\s+/g, " ").includes(%s))`
		wanted, err := json.Marshal(text)
		if err != nil {
			return err
		}
		look := chromedp.Evaluate[bool](fmt.Sprintf(found, selector, wanted))
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			var there bool
			if there, err = look(ctx, target); there && err == nil {
				return nil
			}
		}
		page, _ := chromedp.Text(chromedp.CSS("body"))(ctx, target)
		missing := fmt.Errorf("no %s shows %q; the page shows: %s", selector, text, words(page))
		return errors.Join(missing, err)
	})
}

// screen is what a page is shown on.
type screen struct {
	name          string
	width, height int64
	scheme        string
}

var screens = []screen{
	{"desktop", 1280, 800, "light"}, {"desktop-dark", 1280, 800, "dark"}, {"phone", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

func (s screen) set() chromedp.Action[chromedp.Void] {
	scheme := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}},
		})
		return err
	})
	return chromedp.Steps(chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateScale(2)), scheme)
}

// The pages of a console with data, for the pictures and for the check of accessibility.
func gallery(t *testing.T) (base string, pages map[string]string) {
	f := newFake(time.Now)
	now := time.Now()
	demo(f, now)
	failed := failedRun(f, now)
	going := f.ran("inbox-report", now, 0, state.Running)
	f.edit(going, func(r *state.Run) { r.StartedAt, r.EndedAt = now, time.Time{} })
	f.print(going, "info", "looking at 50 conversations", "looking at 50 more")
	long := strings.Repeat("long-name/", 20)
	f.put(state.Script{Name: long, Path: long + ".lua", Language: "lua", Version: "beef", Schedules: []string{"every 1m"}, Paused: true}, digestSource)
	for i := range 5 {
		id := f.ran(long, now.Add(time.Duration(i-5)*time.Minute), time.Second, state.Failed)
		f.edit(id, func(r *state.Run) { r.Error = &state.RunError{Message: strings.Repeat("no answer from the shop ", 10)} })
	}
	f.ran(long, now, 0, state.Scheduled)
	f.departures = []state.Departure{
		{Name: "digest", Successor: "daily-digest", RemovedAt: now.Add(-26 * time.Hour)},
		{Name: "auto-reply", RemovedAt: now.Add(-50 * time.Hour), Keys: 1520},
		{Name: strings.Repeat("removed", 29), RemovedAt: now.Add(-time.Hour), Keys: 1},
	}
	return serve(t, f, func(o *console.Options) { o.Now = time.Now; o.Zone = time.UTC }), map[string]string{
		"scripts":  "/",
		"script":   "/script?name=daily-digest",
		"broken":   "/script?name=tag-by-keyword",
		"failing":  "/script?name=" + url.QueryEscape(long),
		"source":   "/source?version=" + f.scripts["daily-digest"].Version,
		"runs":     "/runs",
		"run":      "/runs/" + failed,
		"going":    "/runs/" + going,
		"timeline": "/timeline",
		"missing":  "/script?name=unknown",
	}
}

func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("run with -pictures FOLDER to look at the pages")
	}
	base, pages := gallery(t)
	pages["empty"] = serve(t, newFake(time.Now)) + "/"
	pages["login"] = serve(t, newFake(time.Now), withToken) + "/login"
	ctx := browser(t)
	for name, page := range pages {
		if !strings.HasPrefix(page, "http") {
			page = base + page
		}
		for _, s := range screens {
			do(ctx, t, s.set(), chromedp.Navigate(page))
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(*pictures, name+"-"+s.name+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
