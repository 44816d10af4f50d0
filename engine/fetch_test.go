package engine_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// reached answers every request and remembers the hosts.
type reached struct{ hosts []string }

func (r *reached) RoundTrip(req *http.Request) (*http.Response, error) {
	r.hosts = append(r.hosts, req.URL.Host)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("")), Request: req}, nil
}

func TestAllowHosts(t *testing.T) {
	for _, c := range []struct {
		hosts   string
		url     string
		allowed bool
	}{
		{"api.example.com", "https://api.example.com/path", true},
		{"api.example.com", "http://api.example.com/path", true},
		{"API.example.COM", "https://Api.Example.com/", true},
		{"api.example.com", "https://api.example.com./", true},
		{"api.example.com.", "https://api.example.com/", true},
		{"api.example.com", "https://api.example.com:443/", true},
		{"api.example.com", "https://api.example.com:8443/", false},
		{"api.example.com", "https://api.example.com:80/", false},
		{"api.example.com:8443", "https://api.example.com:8443/", true},
		{"api.example.com:8443", "https://api.example.com/", false},
		{"api.example.com:443", "https://api.example.com/", true},
		{"api.example.com:443", "http://api.example.com/", false},
		{"api.example.com", "https://example.com/", false},
		{"api.example.com", "https://xapi.example.com/", false},
		{"api.example.com", "https://api.example.com.evil.org/", false},
		{"api.example.com", "https://api.example.com@evil.org/", false},
		{"api.example.com", "https://user:pass@api.example.com/", true},
		{"*.example.com", "https://api.example.com/", true},
		{"*.example.com", "https://a.b.example.com/", true},
		{"*.example.com", "https://example.com/", false},
		{"*.example.com", "https://evilexample.com/", false},
		{"*.example.com", "https://.example.com/", false},
		{"*.example.com:81", "http://api.example.com:81/", true},
		{"*.example.com:81", "http://api.example.com/", false},
		{"*", "https://example.com/", false},
		{"*.", "https://example.com/", false},
		{"", "https://example.com/", false},
		{"exa*mple.com", "https://exa*mple.com/", false},
		{"https://example.com", "https://example.com/", false},
		{"a.example b.example", "https://b.example/", true},
		{"127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"[::1]:8080", "http://[::1]:8080/", true},
		{"[::1]", "http://[::1]/", true},
		{"::1", "http://[::1]/", true},
		{"[::1]", "http://[::2]/", false},
		{"example.com", "ftp://example.com/", false},
		{"example.com", "file:///etc/passwd", false},
		{"", "file:///etc/passwd", false},
	} {
		t.Run(c.hosts+" "+c.url, func(t *testing.T) {
			base := &reached{}
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := engine.AllowHosts(base, strings.Fields(c.hosts)).RoundTrip(&http.Request{Method: http.MethodGet, URL: u})
			if err == nil {
				_ = resp.Body.Close()
			}
			if allowed := err == nil; allowed != c.allowed || allowed != (len(base.hosts) == 1) {
				t.Errorf("error %v, reached %q", err, base.hosts)
			}
			var host *engine.HostError
			if err != nil && (!errors.As(err, &host) || host.Name != "PermissionError") {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

func TestAllowHostsTellsHow(t *testing.T) {
	for _, c := range []struct{ hosts, url, want string }{
		{"", "https://evil.org/", "fetch: no host is allowed; allow one with --allow-host api.example.com or `@permissions fetch:api.example.com` in the script's header"},
		{"a.example", "https://b.example/x", "fetch: the host b.example is not allowed; allow it with --allow-host b.example or `@permissions fetch:b.example` in the script's header"},
		{"a.example", "http://[::1]:99/x", "fetch: the host [::1]:99 is not allowed; allow it with --allow-host [::1]:99 or `@permissions fetch:[::1]:99` in the script's header"},
		{"a.example", "gopher://a.example/x", "fetch: a URL must begin with https: or http:, not gopher:"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.AllowHosts(&reached{}, strings.Fields(c.hosts)).RoundTrip(&http.Request{URL: u}); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		// A host that runs scripts by itself has no flag for it.
		want := regexp.MustCompile(`--allow-host \S+ or `).ReplaceAllString(c.want, "")
		if _, err := engine.AllowHeaderHosts(&reached{}, strings.Fields(c.hosts)).RoundTrip(&http.Request{URL: u}); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestAllowHostsChecksRedirects(t *testing.T) {
	var asked bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer server.Close()
	client := http.Client{Transport: engine.AllowHosts(nil, []string{strings.TrimPrefix(server.URL, "http://")})}
	resp, err := client.Get(server.URL)
	if err == nil {
		_ = resp.Body.Close()
	}
	var host *engine.HostError
	if !errors.As(err, &host) || asked {
		t.Errorf("error %v, asked the other host: %v", err, asked)
	}
}
