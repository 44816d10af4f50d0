package engine_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
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

func TestFetchHosts(t *testing.T) {
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
			resp, err := fetching(t, base, c.hosts).RoundTrip(&http.Request{Method: http.MethodGet, URL: u})
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

// fetching is the transport of an instance that may fetch from hosts. Those that are no words of permissions are left out.
func fetching(t *testing.T, base http.RoundTripper, hosts string) http.RoundTripper {
	t.Helper()
	v, err := engine.NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, host := range strings.Fields(hosts) {
		if _, err := v.Parse([]string{"fetch:" + host}); err == nil {
			words = append(words, "fetch:"+host)
		}
	}
	return invoker(t, engine.WithFetch(base), engine.WithPermissions(parse(t, v, strings.Join(words, " ")))).Fetch()
}

func TestFetchTellsWhatItNeeds(t *testing.T) {
	for _, c := range []struct{ hosts, url, want string }{
		{"", "https://evil.org/", "fetch: needs the permission fetch:evil.org"},
		{"a.example", "https://b.example/x", "fetch: needs the permission fetch:b.example"},
		{"a.example", "http://[::1]:99/x", "fetch: needs the permission fetch:[::1]:99"},
		{"a.example", "gopher://a.example/x", "fetch: a URL must begin with https: or http:, not gopher:"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fetching(t, &reached{}, c.hosts).RoundTrip(&http.Request{URL: u})
		if err == nil || err.Error() != c.want || !errors.Is(err, engine.ErrPermission) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	u := &url.URL{Scheme: "https", Host: "a.example"}
	for name, transport := range map[string]http.RoundTripper{
		"without a transport": invoker(t).Fetch(),
		"with permissions":    invoker(t, engine.WithPermissions(parse(t, testVocabulary(t), "fetch:a.example"))).Fetch(),
	} {
		if _, err := transport.RoundTrip(&http.Request{URL: u}); err == nil || err.Error() != "fetch: this host gives scripts no network" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
