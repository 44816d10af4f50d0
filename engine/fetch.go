package engine

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// AllowHosts wraps a transport for Config.Fetch so that it reaches the named hosts only, by http and https. A name is a host
// ("api.example.com"), every host below a domain ("*.example.com", which example.com itself is not), or either with a port
// ("localhost:8080", "[::1]:8080"); without one, only the scheme's own port is reached. Case does not matter.
// International names are written in their ASCII form (xn--...).
//
// Redirects pass the transport as well and are checked in the same way. A request to another host fails with a *HostError
// named PermissionError, whose message tells how to allow it. A nil base is http.DefaultTransport.
func AllowHosts(base http.RoundTripper, hosts []string) http.RoundTripper {
	return newAllowList(base, hosts, "--allow-host %[1]s or ")
}

// AllowHeaderHosts is AllowHosts for hosts that nothing but the script's header can name, which is then all that messages advise.
func AllowHeaderHosts(base http.RoundTripper, hosts []string) http.RoundTripper {
	return newAllowList(base, hosts, "")
}

func newAllowList(base http.RoundTripper, hosts []string, other string) *allowList {
	if base == nil {
		base = http.DefaultTransport
	}
	allowed := make([]hostPattern, len(hosts))
	for i, host := range hosts {
		allowed[i] = newHostPattern(host)
	}
	return &allowList{base: base, allowed: allowed, advice: "allow %[2]s with " + other + "`@permissions fetch:%[1]s` in the script's header"}
}

type allowList struct {
	base    http.RoundTripper
	allowed []hostPattern
	// advice tells how to allow a host, the first operand.
	advice string
}

// RoundTrip implements http.RoundTripper.
func (l *allowList) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := l.check(req); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // a RoundTripper always does
		}
		return nil, err
	}
	return l.base.RoundTrip(req)
}

// CloseIdleConnections lets http.Client reach the one of the base.
func (l *allowList) CloseIdleConnections() {
	if c, ok := l.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (l *allowList) check(req *http.Request) error {
	const name = "PermissionError"
	var implied string
	switch req.URL.Scheme {
	case "http":
		implied = "80"
	case "https":
		implied = "443"
	default:
		return &HostError{Name: name, Message: fmt.Sprintf("fetch: a URL must begin with https: or http:, not %s:", req.URL.Scheme)}
	}
	if len(l.allowed) == 0 {
		return &HostError{Name: name, Message: "fetch: no host is allowed; " + fmt.Sprintf(l.advice, "api.example.com", "one")}
	}
	host, port := canonicalHost(req.URL.Hostname()), req.URL.Port()
	if port == "" {
		port = implied
	}
	for _, pattern := range l.allowed {
		if pattern.matches(host, port, implied) {
			return nil
		}
	}
	shown := req.URL.Hostname()
	if strings.Contains(shown, ":") {
		shown = "[" + shown + "]"
	}
	if port != implied {
		shown += ":" + port
	}
	return &HostError{Name: name, Message: fmt.Sprintf("fetch: the host %s is not allowed; %s", shown, fmt.Sprintf(l.advice, shown, "it"))}
}

// fetchSubject is the permission that fetch needs.
var fetchSubject = Subject{
	Name: permissionFetch, Value: "HOST",
	Doc: "Requests of fetch to a host: fetch:api.example.com, fetch:*.example.com, fetch:localhost:8080.",
	CheckValue: func(value string) (problem, hint string) {
		if newHostPattern(value).broken || strings.ContainsAny(value, "?#") {
			return "names no host", "write a host and at most a port: fetch:api.example.com, fetch:*.example.com, fetch:localhost:8080"
		}
		return "", ""
	},
	MatchValue: func(word, value string) bool {
		w, v := newHostPattern(word), newHostPattern(value)
		return !w.broken && w.port == v.port && (w.host == v.host && w.below == v.below || w.below && strings.HasSuffix(v.host, w.host))
	},
}

// hostTarget is where a request goes.
type hostTarget struct {
	host, port string
	// implied is the port of the URL's scheme.
	implied string
}

// fetchTarget returns where a URL leads. It fails for schemes other than http and https.
func fetchTarget(u *url.URL) (*hostTarget, error) {
	t := &hostTarget{host: canonicalHost(u.Hostname()), port: u.Port()}
	switch u.Scheme {
	case "http":
		t.implied = "80"
	case "https":
		t.implied = "443"
	default:
		return nil, &HostError{
			Name: "PermissionError", Err: ErrPermission,
			Message: fmt.Sprintf("fetch: a URL must begin with https: or http:, not %s:", u.Scheme),
		}
	}
	t.port = cmp.Or(t.port, t.implied)
	return t, nil
}

// String returns the target as permissions write it: without a port that goes without saying.
func (t *hostTarget) String() string {
	host := t.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.port != t.implied {
		host += ":" + t.port
	}
	return host
}

// hostPattern is one name of an allow list.
type hostPattern struct {
	host   string // or, if below is set, the domain with a dot before it
	below  bool
	port   string // or empty for the scheme's own
	broken bool
}

func newHostPattern(text string) hostPattern {
	var p hostPattern
	text = strings.TrimSpace(text)
	if host, port, err := net.SplitHostPort(text); err == nil {
		text, p.port = host, port
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if domain, ok := strings.CutPrefix(text, "*."); ok {
		p.below, text = true, domain
	}
	p.host = canonicalHost(text)
	p.broken = p.host == "" || strings.ContainsAny(p.host, "*/@ ") || strings.Trim(p.port, "0123456789") != ""
	if p.below {
		p.host = "." + p.host
	}
	return p
}

func canonicalHost(host string) string {
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func (p hostPattern) matches(host, port, implied string) bool {
	want := p.port
	if want == "" {
		want = implied
	}
	if p.broken || port != want {
		return false
	}
	if p.below {
		return len(host) > len(p.host) && strings.HasSuffix(host, p.host)
	}
	return host == p.host
}
