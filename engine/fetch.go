package engine

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// noNetwork is the transport of an instance without WithFetch.
type noNetwork struct{}

// RoundTrip implements http.RoundTripper.
func (noNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	closeBody(req)
	return nil, &HostError{
		Name: "PermissionError", Call: permissionFetch, Err: ErrPermission,
		Message: "this host gives scripts no network", Hint: "the program that runs the script gives it one with engine.WithFetch",
	}
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
