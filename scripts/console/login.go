package console

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	cookieName  = "crisphost_console"
	sessionTime = 7 * 24 * time.Hour
)

// login knows the tokens. A session is a cookie that the key of its token has signed: nothing is stored, it outlives a restart, it
// holds on every host with the same token, and a token that goes ends its sessions.
type login struct {
	current  atomic.Pointer[[]*key]
	attempts *attempts
	// forwarded counts those of all that one proxy speaks for. What it is told may be forged: a guesser could be a new client each time.
	forwarded *attempts
	once      once
}

func newLogin(tokens []Token, now time.Time) *login {
	l := &login{once: once{began: now.Truncate(time.Microsecond)}, attempts: newAttempts(attemptPause, attemptBurst), forwarded: newAttempts(proxyPause, proxyBurst)}
	l.set(tokens)
	return l
}

func (l *login) set(tokens []Token) {
	keys := keysOf(tokens)
	l.current.Store(&keys)
}

func (l *login) keys() []*key { return *l.current.Load() }

// session makes the value of a cookie: when it ends, a random number, and the signature of both.
func (k *key) session(now time.Time) string {
	value := binary.BigEndian.AppendUint64(nil, uint64(now.Add(sessionTime).Unix()))
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	value = append(value, nonce[:]...)
	return base64.RawURLEncoding.EncodeToString(k.sign(value))
}

// sessionKey is the key that a cookie was signed with, or nil.
func (l *login) sessionKey(text string, now time.Time) *key {
	signed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(signed) != 8+16+sha256.Size {
		return nil
	}
	value := signed[: 8+16 : 8+16]
	if !now.Before(time.Unix(int64(binary.BigEndian.Uint64(value)), 0)) {
		return nil
	}
	for _, k := range l.keys() {
		if hmac.Equal(k.sign(value), signed) {
			return k
		}
	}
	return nil
}

func (l *login) session(r *http.Request, now time.Time) *key {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	return l.sessionKey(cookie.Value, now)
}

// admits returns the key of a request's session, or of the token that it has as a program has it. A wrong token is an attempt; after too
// many of them none is looked at, so that no answer helps to guess.
func (l *login) admits(r *http.Request, from visitor, now time.Time) (admitted *key, exhausted bool) {
	if k := l.session(r, now); k != nil {
		return k, false
	}
	token, program := bearer(r)
	if !program {
		return nil, false
	}
	return l.try(from, now, func() *key { return withSecret(l.keys(), token) })
}

// try looks at what somebody says to know, unless they were wrong too often.
func (l *login) try(from visitor, now time.Time, look func() *key) (found *key, exhausted bool) {
	client, peer := limitOf(from.client), limitOf(from.peer)
	if l.attempts.exhausted(client, now) || from.forwarded() && l.forwarded.exhausted(peer, now) {
		return nil, true
	}
	if found = look(); found != nil {
		return found, false
	}
	l.attempts.failed(client, now)
	if from.forwarded() {
		l.forwarded.failed(peer, now)
	}
	return nil, false
}

// bearer is the token of a program, such as the one that collects metrics.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "bearer")
}

// visitorKey is where the context of a request has the key that it was admitted with.
type visitorKey struct{}

// keyOf is the key that a request was admitted with, or nil.
func keyOf(r *http.Request) *key {
	k, _ := r.Context().Value(visitorKey{}).(*key)
	return k
}

// requireLogin sends people to the login and refuses programs, and those who want to change something with a token that only reads.
func (c *Console) requireLogin(w http.ResponseWriter, r *http.Request, next http.Handler) {
	admitted, exhausted := c.login.admits(r, c.visitorOf(r), c.Now())
	if exhausted {
		c.fail(w, r, tooMany(w))
		return
	}
	if admitted != nil {
		r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, admitted))
		if admitted.ReadOnly && changes(r) {
			c.fail(w, r, &pageError{http.StatusForbidden, "Refused", "This token shows what is there and changes nothing."})
			return
		}
		next.ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
		if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			// The browser keeps a strict cookie from a link on another website; the page itself gets it when it asks again.
			w.Header().Set("Refresh", "0")
			c.render(w, r, http.StatusOK, "error", "One moment", &pageError{Title: "One moment", Message: "The console is opening."})
			return
		}
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	c.fail(w, r, &pageError{http.StatusUnauthorized, "Log in first", "This console needs its token."})
}

// changes reports whether a request is to change more than who is logged in.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.URL.Path != "/logout"
}

type loginView struct {
	Next  string
	Error string
	// TokenFile has the token, for who may read it.
	TokenFile string
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.FormValue("next"))
	if c.login.session(r, c.Now()) != nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	c.render(w, r, http.StatusOK, "login", "Log in", loginView{Next: next, TokenFile: c.TokenFile})
	return nil
}

func (c *Console) logIn(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	now, from := c.Now(), c.visitorOf(r)
	next := localPath(r.PostForm.Get("next"))
	text := strings.TrimSpace(r.PostForm.Get("token"))
	admitted, exhausted := c.login.try(from, now, func() *key { return withSecret(c.login.keys(), text) })
	switch {
	case exhausted:
		return tooMany(w)
	case admitted == nil:
		c.Logger.Warn("console: wrong token", "from", from.client)
		c.render(w, r, http.StatusUnauthorized, "login", "Log in", loginView{Next: next, TokenFile: c.TokenFile, Error: "This is not the console's token."})
		return nil
	}
	http.SetCookie(w, sessionCookie(r, admitted.session(now), int(sessionTime/time.Second)))
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (c *Console) logOut(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, sessionCookie(r, "", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// SetTokens has the console take other tokens than before. Sessions of tokens that are no longer there end.
func (c *Console) SetTokens(tokens []Token) error {
	if err := checkTokens(tokens); err != nil {
		return err
	}
	if c.login == nil || len(tokens) == 0 {
		return errors.New("a console that is open begins with or without a login, and stays so")
	}
	c.login.set(tokens)
	return nil
}

func sessionCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

func tooMany(w http.ResponseWriter) error {
	w.Header().Set("Retry-After", strconv.Itoa(int(attemptPause/time.Second)))
	return &pageError{http.StatusTooManyRequests, "Too many attempts", "Wait for a minute, then try again."}
}
