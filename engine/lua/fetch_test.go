package lua

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// fetchServer answers the requests of the tests, and gives scripts a network that reaches it.
func fetchServer(t *testing.T) (base string, cfg engine.Config) {
	t.Helper()
	together := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Add("X-Test", "one")
		w.Header().Add("X-Test", "two")
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.RawQuery, r.Header.Get("X-Mine"), body)
	})
	mux.HandleFunc("/missing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("/there", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo?moved", http.StatusFound)
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
	})
	mux.HandleFunc("/pair", func(w http.ResponseWriter, _ *http.Request) {
		select { // each of two requests waits for the other one
		case together <- struct{}{}:
		case <-together:
		case <-time.After(time.Minute):
			t.Error("the requests of two tasks do not overlap")
		}
		_, _ = io.WriteString(w, "met")
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush() //nolint:forcetypeassert // it is one
		<-r.Context().Done()
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "short")
	})
	server := httptest.NewServer(mux)
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // nobody replaces it here
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	vocabulary, err := engine.NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	permissions, err := vocabulary.Parse([]string{"fetch:" + strings.TrimPrefix(server.URL, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, engine.Config{Fetch: transport, Permissions: permissions}
}

func TestFetch(t *testing.T) {
	base, cfg := fetchServer(t)
	cfg.Globals = []engine.Constant{{Name: "base", Value: base}}
	for _, c := range []struct{ code, want string }{
		{`local r = fetch(base .. "/echo?a=1") print(r.status, r.ok, r.url == base .. "/echo?a=1", r.redirected, r.headers["x-test"], r.body)`,
			"200\ttrue\ttrue\tfalse\tone, two\tGET a=1  "},
		{`print(fetch(base .. "/echo", { method = "post", headers = { ["X-Mine"] = 7 }, body = "a\0b" }).body)`, "POST  7 a\x00b"},
		{`local r = fetch(base .. "/missing") print(r.status, r.ok, r.body == "")`, "404\tfalse\ttrue"},
		{`local r = fetch(base .. "/there") print(r.redirected, r.body)`, "true\tGET moved  "},
		{`local r = fetch(base .. "/there", { redirect = "manual" }) print(r.status, r.headers.location)`, "302\t/echo?moved"},
		{`local a, b = parallel(function() return fetch(base .. "/pair").body end, function() return fetch(base .. "/pair").body end) print(a, b)`, "met\tmet"},
	} {
		out, _, err := script(t, cfg, c.code)
		if err != nil || strings.TrimSuffix(out, "\n") != c.want {
			t.Errorf("%s\nprinted %q, %v\nwant %q", c.code, out, err, c.want)
		}
	}
	for _, c := range []struct{ code, want, hint string }{
		{`fetch()`, "fetch: it takes a URL", `fetch("https://`},
		{`fetch(base, "POST")`, "fetch: it takes a URL", ""},
		{`fetch(base, { header = {} })`, `fetch: unknown option "header"`, `"headers"`},
		{`fetch(base, { body = { a = 1 } })`, "body is not a text", "json.encode"},
		{`fetch(base, { headers = "a" })`, "headers is not a table", ""},
		{`fetch(base, { headers = { a = {} } })`, "the header a is not a text", ""},
		{`fetch(base, { redirect = "never" })`, "redirect cannot be never", "manual"},
		{`fetch(base, { method = 1 })`, "method is not a text", ""},
		{`fetch(base, { method = "A B" })`, "fetch: A B ", ""},
		{`fetch(base, { body = print })`, "argument 2.body is a function", ""},
		{`fetch("file:///etc/passwd")`, "must begin with https: or http:", ""},
		{`fetch("http://elsewhere.example/")`, "fetch:elsewhere.example", ""},
		{`fetch(base .. "/away")`, "fetch:elsewhere.example", ""},
		{`fetch(base .. "/cut")`, "unexpected EOF", ""},
		{`retry(function() fetch(base .. "/cut") end, { times = 2, delay = 1 })`, "unexpected EOF", ""},
	} {
		_, _, err := script(t, cfg, c.code)
		var e *engine.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.want) || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s\nerror %v\nwant %q with the hint %q", c.code, err, c.want, c.hint)
		}
	}
}

// TestFetchWithoutNetwork checks that a VM which was given no network has none.
func TestFetchWithoutNetwork(t *testing.T) {
	base, _ := fetchServer(t)
	out, _, err := script(t, engine.Config{}, fmt.Sprintf(`print(pcall(fetch, %q))`, base))
	if err != nil || !strings.Contains(out, "gives scripts no network") {
		t.Errorf("%q, %v", out, err)
	}
}

// TestFetchEnds checks that a run which ends takes its requests with it.
func TestFetchEnds(t *testing.T) {
	base, cfg := fetchServer(t)
	cfg.Gates = []engine.Gate{func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if c.Name != "fetch" || c.Effect != engine.Write {
				t.Errorf("the gate sees %s with the effect %v", c.Name, c.Effect)
			}
			return next(ctx, c)
		}
	}}
	rt := NewRuntime()
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	p, err := rt.Compile(t.Context(), engine.Source{
		Name: "main.lua", Code: fmt.Appendf(nil, `fetch(%q, { method = "POST" })`, base+"/slow"), Language: engine.Lua,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := vm.Run(ctx, p); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the run ends with %v", err)
	}
}
