package console

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// A page may load what this host serves and nothing else: no inline script or style, no frame around it.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard answers what stands before every request: headers, the check of the Host, of the origin, and of the login.
func (c *Console) guard() (func(http.Handler) http.Handler, error) {
	loopback, err := isLoopback(c.Addr)
	if err != nil {
		return nil, err
	}
	if len(c.Tokens) == 0 && !loopback {
		return nil, fmt.Errorf("the console on %s can be reached from other machines and needs a token: give one, or serve on 127.0.0.1", c.Addr)
	}
	if err := checkTokens(c.Tokens); err != nil {
		return nil, err
	}
	if len(c.Tokens) > 0 {
		now := time.Now
		if c.Now != nil {
			now = c.Now
		}
		c.login = newLogin(c.Tokens, now())
	}
	// Requests with an Origin or a Sec-Fetch-Site of another website are refused, unless they only read.
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.fail(w, r, &pageError{http.StatusForbidden, "Refused", "The request came from another website."})
	}))
	return func(next http.Handler) http.Handler {
		next = origins.Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			secureHeaders(w.Header())
			if r.ContentLength != 0 {
				// Forms are short. A deadline of the server would end the streams.
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // tests have none
			}
			switch {
			case c.login == nil && !localHost(r.Host):
				// Without a login the name in the address bar is all that tells this page from one of an attacker.
				c.fail(w, r, &pageError{http.StatusForbidden, "Refused", fmt.Sprintf(
					"This console has no login and answers only to localhost, not to %q. Open it as http://localhost, or serve it with a token.", r.Host)})
			case r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
				c.fail(w, r, &pageError{http.StatusForbidden, "Refused", "The request came from another website."})
			case c.login == nil || isPublic(r.URL.Path):
				next.ServeHTTP(w, r)
			default:
				c.requireLogin(w, r, next)
			}
		})
	}, nil
}

// bodyTime is how long a form may take to come.
const bodyTime = 20 * time.Second

func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// isPublic tells what is answered before the login: the login, what it looks like, and that the host is alive.
func isPublic(path string) bool {
	return path == "/login" || strings.HasPrefix(path, oncePath) || path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/assets/")
}

// isLoopback reports whether an address to listen on can be reached from this machine alone.
func isLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, fmt.Errorf("the console's address %q: %w", addr, err)
	}
	return localName(host), nil
}

// localHost reports whether a Host header names this machine. Any port will do: a tunnel has one of its own.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return localName(strings.Trim(host, "[]"))
}

func localName(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// localPath is a path on this host to go to after a form, or "/" when the form names anything else.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// pageError is what a person gets to see instead of a page.
type pageError struct {
	Status  int
	Title   string
	Message string
}

func (e *pageError) Error() string { return e.Message }

func notFound(message string) error {
	return &pageError{http.StatusNotFound, "Not found", message}
}

func badRequest(message string) error {
	return &pageError{http.StatusBadRequest, "That did not work", message}
}

// fail answers an error: as a page, or as text to what is not a person.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *pageError
	switch {
	case errors.As(err, &known):
	case r.Context().Err() != nil:
		return // nobody waits for an answer
	case errors.Is(err, state.ErrNotFound):
		known = &pageError{http.StatusNotFound, "Not found", err.Error()}
	case errors.Is(err, state.ErrEnded):
		known = &pageError{http.StatusConflict, "That did not work", err.Error()}
	default:
		c.Logger.Error("console", "path", r.URL.Path, "error", err)
		known = &pageError{http.StatusInternalServerError, "That did not work", err.Error()}
	}
	if c.pages == nil || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		plain(w, known.Status, known.Title+": "+known.Message+"\n")
		return
	}
	c.render(w, r, known.Status, "error", known.Title, known)
}
