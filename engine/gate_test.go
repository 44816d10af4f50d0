package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// invoker is the invoker of a configuration made of options.
func invoker(t testing.TB, options ...engine.InstanceOption) *engine.Invoker {
	t.Helper()
	var cfg engine.Config
	if err := cfg.Apply(options...); err != nil {
		t.Fatal(err)
	}
	return engine.NewInvoker(&cfg)
}

// trace is a gate that notes the calls that pass it.
func trace(log *[]string, name string) engine.Gate {
	return func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			*log = append(*log, fmt.Sprintf("%s %s %s %q %v", name, c.Name, c.Effect, c.Word(), c.Args))
			return next(ctx, c)
		}
	}
}

func TestGatesSeeCalls(t *testing.T) {
	var log []string
	i := invoker(t, engine.WithGate(trace(&log, "outer")), engine.WithGate(trace(&log, "inner")), engine.WithRun("report", "r1"))
	write := &engine.Function{Name: "set", Effect: engine.Write, Call: func(context.Context, []any) (any, error) {
		log = append(log, "call")
		return "done", nil
	}}
	result, err := i.Call(t.Context(), write, "store.set", []any{"k", int64(1)})
	want := []string{`outer store.set write "store:write" [k 1]`, `inner store.set write "store:write" [k 1]`, "call"}
	if result != "done" || err != nil || !slices.Equal(log, want) {
		t.Errorf("%v, %v, %q", result, err, log)
	}
}

func TestGatesSeeCheckedArguments(t *testing.T) {
	var log []string
	i := invoker(t, engine.WithGate(trace(&log, "gate")))
	wrong := errors.New("takes a number")
	f := &engine.Function{Name: "api", Effect: engine.Write, Bind: func(_ context.Context, args []any) (*engine.Pending, error) {
		if len(args) == 0 {
			return nil, wrong
		}
		return &engine.Pending{
			Effect: engine.Delete, Permission: "people", Detail: "the detail",
			Run:  func(context.Context) (any, error) { return "ran", nil },
			Plan: func(context.Context) (any, error) { return "planned", nil },
		}, nil
	}}
	if _, err := i.Call(t.Context(), f, "crisp.api", nil); !errors.Is(err, wrong) || len(log) > 0 {
		t.Errorf("%v, the gate saw %q", err, log)
	}
	plan := func(engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if c.Effect != engine.Delete || c.Word() != "people:write" || c.Detail != "the detail" || c.Module() != "crisp" {
				t.Errorf("%+v", c)
			}
			result, known, err := c.Plan(ctx)
			if !known {
				t.Error("no plan")
			}
			return result, err
		}
	}
	if result, err := invoker(t, engine.WithGate(plan)).Call(t.Context(), f, "crisp.api", []any{1}); result != "planned" || err != nil {
		t.Errorf("%v, %v", result, err)
	}
	if result, err := invoker(t).Call(t.Context(), f, "crisp.api", []any{1}); result != "ran" || err != nil {
		t.Errorf("without gates: %v, %v", result, err)
	}
}

func TestPermissionsComeBeforeGates(t *testing.T) {
	var log []string
	v := testVocabulary(t)
	i := invoker(t, engine.WithGate(trace(&log, "gate")), engine.WithPermissions(parse(t, v, "store:read")))
	ran := false
	f := func(effect engine.Effect, permission string) *engine.Function {
		return &engine.Function{Name: "f", Effect: effect, Permission: permission, Call: func(context.Context, []any) (any, error) {
			ran = true
			return nil, nil
		}}
	}
	_, err := i.Call(t.Context(), f(engine.Write, ""), "store.set", nil)
	if err == nil || err.Error() != "store.set: needs the permission store:write" || !errors.Is(err, engine.ErrPermission) || ran || len(log) > 0 {
		t.Errorf("%v, ran %t, gates saw %q", err, ran, log)
	}
	if _, err := i.Call(t.Context(), f(engine.Read, ""), "store.get", nil); err != nil || !ran {
		t.Error(err)
	}
	if _, err := i.Call(t.Context(), f(engine.Write, engine.NoPermission), "log.info", nil); err != nil {
		t.Error(err)
	}
	readOnly := invoker(t, engine.WithPermissions(v.Everything().ReadOnly("--read-only")))
	if _, err := readOnly.Call(t.Context(), f(engine.Write, engine.NoPermission), "log.info", nil); err == nil {
		t.Error("a write without a permission passed --read-only")
	}
}

func TestPanicsStayInside(t *testing.T) {
	cause := errors.New("secret dsn=postgres://")
	var seen *engine.PanicError
	i := invoker(t, engine.WithPanicHook(func(p *engine.PanicError) { seen = p }))
	_, err := i.Call(t.Context(), &engine.Function{Name: "f", Call: func(context.Context, []any) (any, error) { panic(cause) }}, "billing.f", nil)
	var p *engine.PanicError
	if err == nil || err.Error() != "billing.f: failed inside the host" || !errors.As(err, &p) || !errors.Is(err, cause) {
		t.Fatalf("%v", err)
	}
	if p != seen || p.Function != "billing.f" || !strings.Contains(string(p.Stack), "TestPanicsStayInside") {
		t.Errorf("%+v, the hook got %+v", p, seen)
	}
}

func TestInstancesProvideValues(t *testing.T) {
	type connection struct{ site string }
	site := &engine.Function{Name: "f", Call: func(ctx context.Context, _ []any) (any, error) {
		c, ok := engine.Use[connection](ctx)
		if !ok {
			return nil, errors.New("none")
		}
		return c.site, nil
	}}
	for want, i := range map[string]*engine.Invoker{
		"one": invoker(t, engine.Provide(connection{"one"})),
		"two": invoker(t, engine.Provide(connection{"one"}), engine.Provide(connection{"two"})),
	} {
		if got, err := i.Call(t.Context(), site, "m.f", nil); got != want || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	}
	if _, err := invoker(t).Call(t.Context(), site, "m.f", nil); err == nil {
		t.Error("an instance without a connection has one")
	}
	current := "before"
	changing := invoker(t, engine.ProvideFunc(func() connection { return connection{current} }))
	current = "after"
	if got, _ := changing.Call(t.Context(), site, "m.f", nil); got != "after" {
		t.Errorf("the value is %v", got)
	}
	if _, ok := engine.Use[connection](t.Context()); ok {
		t.Error("a context of no call has a connection")
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var out strings.Builder
	_, err := invoker(t, engine.WithClock(func() time.Time { return at }), engine.WithStdout(&out)).Call(t.Context(), &engine.Function{
		Name: "f", Call: func(ctx context.Context, _ []any) (any, error) {
			_, err := fmt.Fprint(engine.Stdout(ctx), engine.Now(ctx).Unix())
			return nil, err
		},
	}, "m.f", nil)
	if err != nil || out.String() != fmt.Sprint(at.Unix()) {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// Every request of fetch passes the gates, those of redirects too.
func TestFetchPassesGates(t *testing.T) {
	var log []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://other.example/", http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	redirected := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if c.Redirected != (c.Value == "other.example") {
				t.Errorf("%s: redirected %t", c.Value, c.Redirected)
			}
			return next(ctx, c)
		}
	}
	fetch := invoker(t, engine.WithFetch(http.DefaultTransport), engine.WithGate(trace(&log, "gate")), engine.WithGate(redirected),
		engine.WithPermissions(parse(t, testVocabulary(t), "fetch:"+u.Host))).Fetch()
	client := &http.Client{Transport: fetch}
	get := func(method, url string) error {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		return err
	}
	if err := get(http.MethodPost, server.URL); err != nil {
		t.Error(err)
	}
	if err := get(http.MethodGet, server.URL+"/away"); err == nil || !strings.Contains(err.Error(), "needs the permission fetch:other.example") || !errors.Is(err, engine.ErrPermission) {
		t.Errorf("a redirect to another host: %v", err)
	}
	if err := get(http.MethodGet, "ftp://a.org/"); err == nil {
		t.Error("ftp is fetched")
	}
	want := []string{
		fmt.Sprintf("gate fetch write %q []", "fetch:"+u.Host), fmt.Sprintf("gate fetch read %q []", "fetch:"+u.Host),
	}
	if !slices.Equal(log, want) {
		t.Errorf("the gate saw %q, want %q", log, want)
	}
}

func BenchmarkGate(b *testing.B) {
	f := &engine.Function{Name: "f", Call: func(context.Context, []any) (any, error) { return nil, nil }}
	pass := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) { return next(ctx, c) }
	}
	v, err := engine.NewVocabulary(&engine.Module{Name: "m", Functions: []engine.Function{*f}})
	if err != nil {
		b.Fatal(err)
	}
	p, err := v.Parse([]string{"m:read"})
	if err != nil {
		b.Fatal(err)
	}
	for name, i := range map[string]*engine.Invoker{
		"none": invoker(b), "gate": invoker(b, engine.WithGate(pass)), "permissions": invoker(b, engine.WithPermissions(p)),
		"both": invoker(b, engine.WithGate(pass), engine.WithPermissions(p)),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = i.Call(b.Context(), f, "m.f", nil)
			}
		})
	}
}
