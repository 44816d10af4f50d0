package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	cookieName  = "crisphost_console"
	sessionTime = 7 * 24 * time.Hour
)

// login knows the token. A session is a cookie that the token's key has signed: nothing is stored, it outlives a restart, it
// holds on every host with the same token, and a new token ends all sessions.
type login struct {
	digest   [sha256.Size]byte // compared in place of the token, whose length it hides
	key      []byte
	attempts *attempts
}

func newLogin(token string) *login {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("crisphost console session"))
	return &login{digest: sha256.Sum256([]byte(token)), key: mac.Sum(nil), attempts: newAttempts()}
}

func (l *login) isToken(text string) bool {
	digest := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(digest[:], l.digest[:]) == 1
}

// session makes the value of a cookie: when it ends, a random number, and the signature of both.
func (l *login) session(now time.Time) string {
	value := binary.BigEndian.AppendUint64(nil, uint64(now.Add(sessionTime).Unix()))
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	value = append(value, nonce[:]...)
	return base64.RawURLEncoding.EncodeToString(l.sign(value))
}

func (l *login) sign(value []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write(value)
	return mac.Sum(value)
}

func (l *login) isSession(text string, now time.Time) bool {
	signed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(signed) != 8+16+sha256.Size {
		return false
	}
	value := signed[: 8+16 : 8+16]
	ends := time.Unix(int64(binary.BigEndian.Uint64(value)), 0)
	return hmac.Equal(l.sign(value), signed) && now.Before(ends)
}

func (l *login) hasSession(r *http.Request, now time.Time) bool {
	cookie, err := r.Cookie(cookieName)
	return err == nil && l.isSession(cookie.Value, now)
}

// admits reports whether a request has a session, or the token as a program has it. A wrong token is an attempt; after too many of them
// none is looked at, so that no answer helps to guess.
func (l *login) admits(r *http.Request, now time.Time) (admitted, exhausted bool) {
	if l.hasSession(r, now) {
		return true, false
	}
	token, program := bearer(r)
	if !program {
		return false, false
	}
	from := clientOf(r)
	if l.attempts.exhausted(from, now) {
		return false, true
	}
	if l.isToken(token) {
		return true, false
	}
	l.attempts.failed(from, now)
	return false, false
}

// bearer is the token of a program, such as the one that collects metrics.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "bearer")
}

// requireLogin sends people to the login and refuses programs.
func (c *Console) requireLogin(w http.ResponseWriter, r *http.Request, next http.Handler) {
	admitted, exhausted := c.login.admits(r, c.Now())
	if exhausted {
		c.fail(w, r, tooMany(w))
		return
	}
	if admitted {
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

type loginView struct {
	Next  string
	Error string
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.FormValue("next"))
	if c.login.hasSession(r, c.Now()) {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	c.render(w, r, http.StatusOK, "login", "Log in", loginView{Next: next})
	return nil
}

func (c *Console) logIn(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	now, from := c.Now(), clientOf(r)
	if c.login.attempts.exhausted(from, now) {
		return tooMany(w)
	}
	next := localPath(r.PostForm.Get("next"))
	if !c.login.isToken(strings.TrimSpace(r.PostForm.Get("token"))) {
		c.login.attempts.failed(from, now)
		c.Logger.Warn("console: wrong token", "from", from)
		c.render(w, r, http.StatusUnauthorized, "login", "Log in", loginView{Next: next, Error: "This is not the console's token."})
		return nil
	}
	http.SetCookie(w, sessionCookie(r, c.login.session(now), int(sessionTime/time.Second)))
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (c *Console) logOut(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, sessionCookie(r, "", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
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

// clientOf is who tries: an address, or for IPv6 the network that one customer gets. A proxy on this machine tells it for those behind it,
// who would be one client otherwise, so that any of them could lock out all.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); ip.Unmap().IsLoopback() && len(forwarded) > 0 {
		// The proxy's own word comes last; what stands before it is the client's.
		last := forwarded[len(forwarded)-1]
		if behind, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			ip = behind
		}
	}
	if ip = ip.Unmap(); ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
