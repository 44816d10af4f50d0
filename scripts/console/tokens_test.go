package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestParseTokens(t *testing.T) {
	const long = "0123456789abcdef"
	for _, c := range []struct {
		text    string
		want    []console.Token
		problem string
	}{
		{text: long + "\n", want: []console.Token{{Secret: long}}},
		{text: "# team\n\n ada: " + long + " \nprometheus:" + long + "1:read\n", want: []console.Token{{Name: "ada", Secret: long}, {Name: "prometheus", Secret: long + "1", ReadOnly: true}}},
		{text: "\n"},
		{text: "short", problem: "the console's token has 5 characters and can be guessed"},
		{text: "ada:short", problem: `token of "ada" has 5 characters`},
		{text: "ada:" + long + "\n" + long + "2", problem: "one of the console's 2 tokens has no name"},
		{text: "ada:" + long + "\nada:" + long + "2", problem: `two of the console's tokens are named "ada"`},
		{text: "ada:" + long + "\nbob:" + long, problem: `token of "bob" is that of another name as well`},
		{text: ":" + long, problem: "line 1 of the tokens has no name"},
		{text: "\nada:" + long + ":write", problem: "line 2 of the tokens is none"},
		{text: "a\x1bda:" + long, problem: "no name for a token"},
		{text: strings.Repeat("a", 65) + ":" + long, problem: "no name for a token"},
	} {
		got, err := console.ParseTokens(c.text)
		if c.problem == "" && (err != nil || !slices.Equal(got, c.want)) || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%q: %v, %v", c.text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), long) {
			t.Errorf("%q: the error shows the token: %v", c.text, err)
		}
	}
}

const (
	adas    = "the token of ada, long enough"
	viewers = "the token of a viewer, long enough"
)

func withNames(o *console.Options) {
	o.Addr, o.Tokens = "0.0.0.0:8686", []console.Token{{Name: "ada", Secret: adas}, {Name: "viewer", Secret: viewers, ReadOnly: true}}
}

func bearer(secret string) func(*http.Request) { return header("Authorization", "Bearer "+secret) }

// TestNamedTokens has the name of a token stand for who has it.
func TestNamedTokens(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f, withNames)
	ada := cookieOf(t, logIn(c, adas, "/"))
	post := func(path string, form url.Values, change ...func(*http.Request)) int {
		return ask(c, http.MethodPost, path, form, change...).Code
	}
	script := url.Values{"script": {"daily-digest"}, "back": {"/"}}
	if code := post("/script/trigger", script, with(ada)); code != http.StatusSeeOther || f.lastRun("daily-digest").Trigger.By != "ada" {
		t.Errorf("%d, triggered by %q", code, f.lastRun("daily-digest").Trigger.By)
	}
	run := f.lastRun("daily-digest").ID
	if code := post("/runs/"+run+"/cancel", url.Values{}, bearer(adas)); code != http.StatusSeeOther || f.lastRun("daily-digest").CancelledBy != "ada" {
		t.Errorf("%d, cancelled by %q", code, f.lastRun("daily-digest").CancelledBy)
	}
	if code := post("/script/pause", script, with(ada)); code != http.StatusSeeOther {
		t.Errorf("pause: %d", code)
	}
	for _, target := range []string{"/", scriptPath("daily-digest")} {
		if text := textOf(t, get(c, target, with(ada)).Body.String(), "")[0]; !strings.Contains(text, "by ada , now") {
			t.Errorf("%s does not tell who paused: %s", target, text)
		}
	}
	if code := post("/script/resume", script, with(ada)); code != http.StatusSeeOther {
		t.Errorf("resume: %d", code)
	}
	page := get(c, scriptPath("daily-digest"), with(ada)).Body.String()
	if text := textOf(t, page, "")[0]; !strings.Contains(text, "Resumed by ada , now") || !strings.Contains(text, "Run now") {
		t.Errorf("the page does not tell who resumed: %s", text)
	}
	if got := textOf(t, page, "who"); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("logged in as %q", got)
	}

	// A token that reads sees all, and changes nothing.
	viewer := cookieOf(t, logIn(c, viewers, "/"))
	before := len(f.runs)
	for _, target := range []string{"/", scriptPath("daily-digest"), "/runs/" + run, "/runs", "/writes"} {
		w := get(c, target, with(viewer))
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `action="/script`) || strings.Contains(w.Body.String(), "/cancel") {
			t.Errorf("%s of a viewer: %d, or it offers to change something", target, w.Code)
		}
	}
	for _, path := range []string{"/script/trigger", "/script/pause", "/script/resume", "/runs/" + run + "/cancel"} {
		for _, as := range []func(*http.Request){with(viewer), bearer(viewers)} {
			if w := ask(c, http.MethodPost, path, script, as); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "changes nothing") {
				t.Errorf("%s of a viewer: %d %s", path, w.Code, w.Body)
			}
		}
	}
	if len(f.runs) != before || f.scripts["daily-digest"].Paused {
		t.Error("a viewer changed something")
	}
	if code := post("/logout", url.Values{}, with(viewer)); code != http.StatusSeeOther {
		t.Errorf("a viewer cannot log out: %d", code)
	}

	// Other tokens end the sessions of those that are gone, and of those alone.
	if err := c.SetTokens([]console.Token{{Name: "ada", Secret: adas}, {Name: "bob", Secret: viewers + "!"}}); err != nil {
		t.Fatal(err)
	}
	if code := get(c, "/", with(ada)).Code; code != http.StatusOK {
		t.Errorf("ada's session: %d", code)
	}
	if code := get(c, "/", with(viewer)).Code; code != http.StatusSeeOther {
		t.Errorf("the session of a token that is gone: %d", code)
	}
	for _, wrong := range [][]console.Token{nil, {{Name: "ada", Secret: "short"}}} {
		if err := c.SetTokens(wrong); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
	if code := get(c, "/", with(ada)).Code; code != http.StatusOK {
		t.Errorf("after wrong tokens: %d", code)
	}
}

// TestOneTimeLogin opens an address that logs in, once.
func TestOneTimeLogin(t *testing.T) {
	now := noon
	f := newFake(func() time.Time { return now })
	demo(f, noon)
	c := open(t, f, withNames)
	ada, viewer := console.Token{Secret: adas}, console.Token{Secret: viewers}
	path := console.OneTimePath(ada, now)
	w := get(c, path)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	cookie := cookieOf(t, w)
	if got := textOf(t, get(c, "/", with(cookie)).Body.String(), "who"); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("logged in as %q", got)
	}
	if w := get(c, "/", with(&http.Cookie{Name: cookie.Name, Value: strings.TrimPrefix(path, "/login/")})); w.Code != http.StatusSeeOther {
		t.Errorf("the address is a session of its own: %d", w.Code)
	}
	refused := func(why, path string, c http.Handler) {
		t.Helper()
		w := get(c, path)
		if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 || !strings.Contains(w.Body.String(), "crisphost open") {
			t.Errorf("%s: %d", why, w.Code)
		}
	}
	refused("again", path, c)
	now = now.Add(time.Second)
	refused("again after a restart", path, open(t, f, withNames))
	refused("of another token", console.OneTimePath(console.Token{Secret: token}, now), c)
	refused("from the future", console.OneTimePath(ada, now.Add(time.Hour)), c)
	path = console.OneTimePath(ada, now)
	flipped := map[bool]string{true: "B", false: "A"}[path[30] == 'A']
	now = now.Add(11 * time.Second) // for further attempts
	refused("changed", path[:30]+flipped+path[31:], c)
	now = now.Add(10 * time.Minute)
	refused("too old", path, c)

	// It can do what its token can.
	cookie = cookieOf(t, get(c, console.OneTimePath(viewer, now)))
	if w := ask(c, http.MethodPost, "/script/pause", url.Values{"script": {"daily-digest"}}, with(cookie)); w.Code != http.StatusForbidden {
		t.Errorf("it can do more than its token: %d", w.Code)
	}
	path = console.OneTimePath(viewer, now)
	if err := c.SetTokens([]console.Token{{Name: "ada", Secret: adas}}); err != nil {
		t.Fatal(err)
	}
	refused("of a token that is gone", path, c)
	for range 10 {
		w = get(c, "/login/guess", from("203.0.113.7:1"))
	}
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("guessing goes on: %d", w.Code)
	}
}

// TestForwardedAddresses finds who asks behind proxies, whatever they claim themselves.
func TestForwardedAddresses(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	anonymous := func(o *console.Options) {
		withToken(o)
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	}
	c := open(t, f, anonymous)
	for _, test := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:1", nil, "203.0.113.7"},
		{"203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"[::ffff:127.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.1.2.3:1", []string{"192.0.2.1, 198.51.100.1"}, "198.51.100.1"},
		{"10.1.2.3:1", []string{"192.0.2.1, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"10.1.2.3:1", []string{"192.0.2.1", "198.51.100.1 , 127.0.0.1"}, "198.51.100.1"},
		{"[2001:db8:1::5]:1", []string{"[2001:db8:2::1]:4711"}, "2001:db8:2::1"},
		{"10.1.2.3:1", []string{"198.51.100.1:80"}, "198.51.100.1"},
		{"10.1.2.3:1", []string{"198.51.100.1, unknown"}, "10.1.2.3"},
		{"10.1.2.3:1", []string{""}, "10.1.2.3"},
		{"10.1.2.3:1", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
	} {
		w := ask(c, http.MethodPost, "/script/trigger", url.Values{"script": {"daily-digest"}}, bearer(token), func(r *http.Request) {
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.forwarded
		})
		if by := f.lastRun("daily-digest").Trigger.By; w.Code != http.StatusSeeOther || by != "console from "+test.want {
			t.Errorf("%s for %q: %d, by %q, want %s", test.peer, test.forwarded, w.Code, by, test.want)
		}
	}
}

// TestForgedAddresses has somebody on the proxy's own machine guess as a new client each time.
func TestForgedAddresses(t *testing.T) {
	c := open(t, newFake(atNoon), withToken)
	tried := 0
	for i := range 200 {
		w := logIn(c, "wrong", "/", from("127.0.0.1:1"), header("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", i/200, i%200)))
		if w.Code != http.StatusTooManyRequests {
			tried++
		}
	}
	if tried > 64 {
		t.Errorf("%d guesses were looked at", tried)
	}
	if code := logIn(c, token, "/", from("203.0.113.7:1")).Code; code != http.StatusSeeOther {
		t.Errorf("others are locked out: %d", code)
	}
}

// TestUserHeader takes the name of a person from a proxy that is trusted.
func TestUserHeader(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f, withNames, func(o *console.Options) { o.UserHeader = "X-Forwarded-User" })
	by := func(peer string) string {
		ask(c, http.MethodPost, "/script/trigger", url.Values{"script": {"daily-digest"}}, bearer(adas), from(peer), header("X-Forwarded-User", " bob "))
		return f.lastRun("daily-digest").Trigger.By
	}
	if got := by("127.0.0.1:1"); got != "bob" {
		t.Errorf("a proxy of this machine: by %q", got)
	}
	if got := by("203.0.113.7:1"); got != "ada" {
		t.Errorf("anybody: by %q", got)
	}
	if w := get(c, "/", from("127.0.0.1:1"), header("X-Forwarded-User", "bob")); w.Code != http.StatusSeeOther {
		t.Errorf("the name alone logs in: %d", w.Code)
	}
}

// TestBehindAProxy has a proxy under a path and a name of its own stand between.
func TestBehindAProxy(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	page := httptest.NewServer(open(t, f, withToken))
	defer page.Close()
	target, err := url.Parse(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(http.StripPrefix("/crisp", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetURL(target) // Host is that of the page
		r.SetXForwarded()
		// The test's client is on this machine, which is a proxy's address: it stands for one elsewhere.
		r.Out.Header.Set("X-Forwarded-For", strings.TrimSuffix(r.Out.Header.Get("X-Forwarded-For"), "127.0.0.1")+"203.0.113.7")
	}}))
	defer proxy.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(path, secret, claimed string, form url.Values) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, proxy.URL+"/crisp"+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", claimed)
		if secret != "" {
			bearer(secret)(r)
		}
		w, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		return w.StatusCode
	}
	if code := post("/script/trigger", token, "192.0.2.66", url.Values{"script": {"daily-digest"}}); code != http.StatusSeeOther {
		t.Fatalf("trigger: %d", code)
	}
	if by := f.lastRun("daily-digest").Trigger; by.By != "console from 203.0.113.7" || by.Kind != state.ByHand {
		t.Errorf("by %q", by.By)
	}
	for i := range 8 {
		post("/login", "", fmt.Sprintf("192.0.2.%d", i), url.Values{"token": {"wrong"}})
	}
	if code := post("/login", "", "192.0.2.99", url.Values{"token": {token}}); code != http.StatusTooManyRequests {
		t.Errorf("a client that claims to be others: %d", code)
	}
}
