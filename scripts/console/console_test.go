package console_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/scripts/console"
)

// TestMain makes this binary a worker when a host starts it as one.
func TestMain(m *testing.M) {
	beWorker()
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 11, 20, 12, 3, 20, 0, time.UTC) // a Friday

func atNoon() time.Time { return noon }

// open makes a console on loopback over a fake whose clock stands still.
func open(t *testing.T, f *fake, change ...func(*console.Options)) *console.Console {
	t.Helper()
	options := console.Options{
		Addr: "127.0.0.1:8686", Zone: time.UTC, Now: f.now, Logger: slog.New(slog.DiscardHandler), Directory: "/srv/scripts",
	}
	for _, do := range change {
		do(&options)
	}
	c, err := console.New(f, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ask sends a request as a browser on this machine would.
func ask(c http.Handler, method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	r.Host = "localhost:8686"
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, do := range change {
		do(r)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func get(c http.Handler, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return ask(c, http.MethodGet, target, nil, change...)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestEveryPageAnswers(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	run := failedRun(f, noon)
	c := open(t, f)
	for target, want := range map[string]string{
		"/":                           "8 in all",
		"/?q=digest":                  "daily-digest",
		"/?only=broken":               "unexpected symbol near",
		"/script?name=daily-digest":   "Monday to Friday at 09:00",
		"/script?name=tag-by-keyword": "The last save does not work",
		"/source?version=" + f.scripts["daily-digest"].Version: "-- @timezone Europe/Paris",
		"/runs":                    "sync-people",
		"/runs?state=failed":       "failed",
		"/runs?day=2026-11-19":     "on 2026-11-19",
		"/runs/" + run:             "too_many_requests",
		"/timeline":                "Friday 20 November",
		"/timeline?day=2026-11-19": "Thursday 19 November",
	} {
		w := get(c, target)
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", target, w.Code, w.Body)
		}
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s does not show %q", target, want)
		}
	}
}
