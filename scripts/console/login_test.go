package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
)

const token = "correct horse battery staple"

// withToken configures a console that other machines can reach.
func withToken(o *console.Options) {
	o.Addr, o.Tokens = "0.0.0.0:8686", []console.Token{{Secret: token}}
}

func logIn(c http.Handler, text, next string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return ask(c, http.MethodPost, "/login", url.Values{"token": {text}, "next": {next}}, change...)
}

// cookieOf is the cookie that an answer sets.
func cookieOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("status %d with the cookies %v", w.Code, cookies)
	}
	return cookies[0]
}

func with(cookie *http.Cookie) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(cookie) }
}

func TestNothingIsShownBeforeTheLogin(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	run := failedRun(f, noon)
	c := open(t, f, withToken)
	for _, target := range []string{
		"/", "/script?name=daily-digest", "/source?version=" + f.scripts["daily-digest"].Version, "/runs", "/runs/" + run, "/timeline",
		"/runs/" + run + "/log.txt", "/runs/" + run + "/stream", "/stream", "/nothing", "/logout",
	} {
		w := get(c, target)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next="+url.QueryEscape(target) {
			t.Errorf("%s: %d to %q", target, w.Code, w.Header().Get("Location"))
		}
		w = get(c, target, header("Accept", "text/event-stream"))
		if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "digest") {
			t.Errorf("%s for a program: %d %s", target, w.Code, w.Body)
		}
	}
	for _, action := range []string{"/script/trigger", "/script/pause", "/script/resume", "/runs/" + run + "/cancel", "/logout"} {
		if w := ask(c, http.MethodPost, action, url.Values{"script": {"daily-digest"}}); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", action, w.Code)
		}
	}
}

func TestLogin(t *testing.T) {
	now := noon
	f := newFake(func() time.Time { return now })
	demo(f, noon)
	c := open(t, f, withToken)

	w := logIn(c, token, "/runs?state=failed")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs?state=failed" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	cookie := cookieOf(t, w)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure || strings.Contains(cookie.Value, "horse") {
		t.Errorf("the cookie is %v", cookie)
	}
	if w := logIn(c, token, "/", header("X-Forwarded-Proto", "https")); !cookieOf(t, w).Secure {
		t.Error("behind https the cookie is not secure")
	}
	if w := get(c, "/", with(cookie)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Log out") {
		t.Errorf("after the login: %d", w.Code)
	}
	if w := get(c, "/login?next=/runs", with(cookie)); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs" {
		t.Errorf("the login after the login: %d to %q", w.Code, w.Header().Get("Location"))
	}
	// Another host with the same token knows the session, one with another token does not.
	if w := get(open(t, f, withToken), "/", with(cookie)); w.Code != http.StatusOK {
		t.Errorf("on another host: %d", w.Code)
	}
	other := open(t, f, withToken, func(o *console.Options) { o.Tokens[0].Secret += "!" })
	if w := get(other, "/", with(cookie)); w.Code != http.StatusSeeOther {
		t.Errorf("with another token: %d", w.Code)
	}
	for i := range cookie.Value {
		forged := *cookie
		flipped := byte('A')
		if cookie.Value[i] == 'A' {
			flipped = 'B'
		}
		forged.Value = cookie.Value[:i] + string(flipped) + cookie.Value[i+1:]
		if w := get(c, "/", with(&forged)); w.Code != http.StatusSeeOther {
			t.Fatalf("a cookie with another character %d is taken", i)
		}
	}
	for _, value := range []string{"", "x", cookie.Value + "A", cookie.Value[:40]} {
		if w := get(c, "/", with(&http.Cookie{Name: cookie.Name, Value: value})); w.Code != http.StatusSeeOther {
			t.Errorf("the cookie %q is taken", value)
		}
	}
	now = noon.Add(7*24*time.Hour + time.Second)
	if w := get(c, "/", with(cookie)); w.Code != http.StatusSeeOther {
		t.Error("the session has no end")
	}
	now = noon
	if out := cookieOf(t, ask(c, http.MethodPost, "/logout", url.Values{}, with(cookie))); out.MaxAge != -1 || out.Value != "" {
		t.Errorf("logging out sets %v", out)
	}
}

func TestLoginLeadsNowhereElse(t *testing.T) {
	c := open(t, newFake(atNoon), withToken)
	for _, next := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "\\/evil", "javascript:alert(1)", "", "/\t/evil.example", "/a\r\nX: y", "evil"} {
		if w := logIn(c, token, next); w.Header().Get("Location") != "/" {
			t.Errorf("%q leads to %q", next, w.Header().Get("Location"))
		}
	}
}

// A link on another website brings no strict cookie, and the page asks again by itself.
func TestLinkFromAnotherWebsite(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f, withToken)
	w := get(c, "/runs", header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"))
	if w.Code != http.StatusOK || w.Header().Get("Refresh") != "0" || strings.Contains(w.Body.String(), "sync-people") {
		t.Errorf("%d, Refresh %q", w.Code, w.Header().Get("Refresh"))
	}
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address }
}

func TestAttemptsAreLimited(t *testing.T) {
	now := noon
	c := open(t, newFake(func() time.Time { return now }), withToken)
	guess := func(address string) int { return logIn(c, "wrong", "/", from(address)).Code }
	bearer := func(address, text string) int {
		return get(c, "/metrics", from(address), header("Authorization", "Bearer "+text)).Code
	}
	for range 4 {
		if code := guess("203.0.113.7:1"); code != http.StatusUnauthorized {
			t.Fatalf("a wrong token answers %d", code)
		}
		if code := bearer("203.0.113.7:2", "wrong"); code != http.StatusSeeOther && code != http.StatusUnauthorized {
			t.Fatalf("a wrong token of a program answers %d", code)
		}
	}
	if code := guess("203.0.113.7:3"); code != http.StatusTooManyRequests {
		t.Errorf("after eight: %d", code)
	}
	if code := logIn(c, token, "/", from("203.0.113.7:4")).Code; code != http.StatusTooManyRequests {
		t.Errorf("the right token is tried all the same: %d", code)
	}
	if code := bearer("203.0.113.7:5", token); code != http.StatusTooManyRequests {
		t.Errorf("the right token of a program is tried all the same: %d", code)
	}
	if code := logIn(c, token, "/", from("203.0.113.8:1")).Code; code != http.StatusSeeOther {
		t.Errorf("others are locked out: %d", code)
	}
	now = now.Add(11 * time.Second)
	if code := logIn(c, token, "/", from("203.0.113.7:6")).Code; code != http.StatusSeeOther {
		t.Errorf("after a pause: %d", code)
	}
	// A network of IPv6 is one client.
	for i := range 8 {
		guess(fmt.Sprintf("[2001:db8::%d]:1", i+1))
	}
	if code := guess("[2001:db8::ffff]:1"); code != http.StatusTooManyRequests {
		t.Errorf("another address of the network: %d", code)
	}
	if code := guess("[2001:db8:0:1::1]:1"); code != http.StatusUnauthorized {
		t.Errorf("another network: %d", code)
	}
	// A right token costs nothing.
	for range 20 {
		if code := logIn(c, token, "/", from("203.0.113.9:1")).Code; code != http.StatusSeeOther {
			t.Fatalf("a right token: %d", code)
		}
	}
}

// TestProxy has clients behind a proxy of the same machine: one that guesses does not lock out the others.
func TestProxy(t *testing.T) {
	c := open(t, newFake(atNoon), withToken)
	through := func(proxy, clients string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = proxy
			r.Header.Set("X-Forwarded-For", clients)
		}
	}
	var last *httptest.ResponseRecorder
	for i := range 9 {
		// What the client claims itself stands before what the proxy has seen.
		last = logIn(c, "wrong", "/", through("127.0.0.1:999", fmt.Sprintf("198.51.100.%d, 203.0.113.7", i)))
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") != "10" {
		t.Errorf("after eight: %d, retry after %q", last.Code, last.Header().Get("Retry-After"))
	}
	if code := logIn(c, token, "/", through("[::1]:999", "203.0.113.8")).Code; code != http.StatusSeeOther {
		t.Errorf("others are locked out: %d", code)
	}
	// Anybody else can write this header.
	for i := range 8 {
		logIn(c, "wrong", "/", through("203.0.113.9:1", fmt.Sprintf("198.51.100.%d", i)))
	}
	if code := logIn(c, token, "/", through("203.0.113.9:1", "198.51.100.99")).Code; code != http.StatusTooManyRequests {
		t.Errorf("a client that names others: %d", code)
	}
}

// TestTokensAreTriedOnlyWhereTheyCount asks where no login is needed: what is answered must not tell a right token from a wrong one
// without end.
func TestTokensAreTriedOnlyWhereTheyCount(t *testing.T) {
	c := open(t, newFake(atNoon), withToken, func(o *console.Options) {
		o.Ready = func(context.Context) error { return errors.New("the database is away") }
	})
	bearer := func(target, text string) *httptest.ResponseRecorder {
		return get(c, target, from("203.0.113.7:1"), header("Authorization", "Bearer "+text))
	}
	wrong, right := bearer("/login", "wrong"), bearer("/login", token)
	if wrong.Code != right.Code || wrong.Body.String() != right.Body.String() {
		t.Errorf("the login page tells a right token: %d and %d", wrong.Code, right.Code)
	}
	if body := bearer("/readyz", token).Body.String(); !strings.Contains(body, "database") {
		t.Errorf("a program with the token reads %q", body)
	}
	for range 8 {
		bearer("/readyz", "wrong")
	}
	if body := bearer("/readyz", token).Body.String(); strings.Contains(body, "database") {
		t.Errorf("after eight wrong tokens the right one still reads %q", body)
	}
	if a, b := bearer("/", "wrong").Body.String(), bearer("/", token).Body.String(); a != b {
		t.Error("the page that refuses too many attempts tells a right token")
	}
}

// Many clients cannot fill the memory, nor lock those out who have done nothing wrong, once a while has passed.
func TestManyClients(t *testing.T) {
	now := noon
	c := open(t, newFake(func() time.Time { return now }), withToken)
	for i := range 6000 {
		logIn(c, "wrong", "/", from(fmt.Sprintf("10.1.%d.%d:1", i/250, i%250)))
	}
	if code := logIn(c, "wrong", "/", from("203.0.113.7:1")).Code; code != http.StatusTooManyRequests {
		t.Errorf("with no room for another client: %d", code)
	}
	now = now.Add(2 * time.Minute)
	if code := logIn(c, token, "/", from("203.0.113.7:1")).Code; code != http.StatusSeeOther {
		t.Errorf("after a while: %d", code)
	}
}

func TestLargeForm(t *testing.T) {
	c := open(t, newFake(atNoon), withToken)
	if w := logIn(c, strings.Repeat("x", 100<<10), "/"); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", w.Code)
	}
}
