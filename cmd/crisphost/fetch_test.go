package main

import "testing"

func TestHostMatches(t *testing.T) {
	cases := []struct {
		pattern, scheme, host string
		want                  bool
	}{
		{"example.com", "https", "example.com", true},
		{"Example.com", "https", "EXAMPLE.com", true},
		{"example.com", "https", "example.com:443", true},
		{"example.com", "http", "example.com:80", true},
		{"example.com:443", "https", "example.com", true},
		{"example.com", "http", "example.com:443", false},
		{"example.com", "https", "example.com:8443", false},
		{"example.com:8443", "https", "example.com:8443", true},
		{"example.com:8443", "https", "example.com", false},
		{"example.com", "https", "evil-example.com", false},
		{"example.com", "https", "example.com.evil.org", false},
		{"example.com", "https", "sub.example.com", false},
		{"*.example.com", "https", "sub.example.com", true},
		{"*.example.com", "https", "a.b.example.com", true},
		{"*.example.com", "https", "example.com", false},
		{"*.example.com", "https", ".example.com", false},
		{"*.example.com", "https", "evilexample.com", false},
		{"[::1]:8080", "http", "[::1]:8080", true},
		{"[::1]", "http", "[::1]", true},
		{"[::1]", "http", "[::2]", false},
	}
	for _, c := range cases {
		if got := hostMatches(c.pattern, c.scheme, c.host); got != c.want {
			t.Errorf("%q, %s://%s: got %v", c.pattern, c.scheme, c.host, got)
		}
	}
}
