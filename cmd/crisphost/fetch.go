package main

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// fetchTransport carries the requests of a script's fetch to the hosts that it may reach. Redirects pass it as well.
type fetchTransport struct {
	hosts []string
	next  http.RoundTripper
}

// newFetchTransport returns nil, which refuses every request, when no host is allowed.
func newFetchTransport(hosts []string) http.RoundTripper {
	if len(hosts) == 0 {
		return nil
	}
	return &fetchTransport{hosts: hosts, next: http.DefaultTransport}
}

func (t *fetchTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !slices.ContainsFunc(t.hosts, func(pattern string) bool { return hostMatches(pattern, req.URL.Scheme, req.URL.Host) }) {
		return nil, &engine.HostError{
			Name:    "PermissionError",
			Message: fmt.Sprintf("fetch may not reach %s", req.URL.Host),
			Hint:    fmt.Sprintf("allow it with --allow-host %s, or with `@permissions fetch:%s` in the script's header", req.URL.Host, req.URL.Host),
		}
	}
	return t.next.RoundTrip(req)
}

// hostMatches compares a host with a pattern: "example.com" is its default port, "example.com:8080" another one,
// "*.example.com" every host below it.
func hostMatches(pattern, scheme, host string) bool {
	pattern, host = strings.ToLower(pattern), strings.ToLower(host)
	name, port := splitPort(host)
	wantName, wantPort := splitPort(pattern)
	if isDefault := port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443"; isDefault {
		port = ""
	}
	if port != wantPort && !(port == "" && (scheme == "http" && wantPort == "80" || scheme == "https" && wantPort == "443")) {
		return false
	}
	if suffix, ok := strings.CutPrefix(wantName, "*"); ok {
		return strings.HasSuffix(name, suffix) && len(name) > len(suffix)
	}
	return name == wantName
}

// splitPort parts a port from a host, without the brackets of IPv6.
func splitPort(host string) (name, port string) {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return name, port
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ""
}

// allowedHosts are those of the flags and of the header's fetch permissions.
func allowedHosts(flags []string, header scripts.Header) ([]string, error) {
	hosts := slices.Clone(flags)
	for _, host := range flags {
		if strings.ContainsAny(host, "/@?# ") || host == "" || host == "*" || strings.Contains(strings.TrimPrefix(host, "*."), "*") {
			return nil, &usageError{problem: fmt.Sprintf("--allow-host %q is not a host", host), hint: "write a name and at most a port: api.example.com, *.example.com, localhost:8080"}
		}
	}
	for _, p := range header.Permissions {
		if p.Subject == "fetch" && p.Scope != "" && p.Scope != "*" {
			hosts = append(hosts, p.Scope)
		}
	}
	return hosts, nil
}
