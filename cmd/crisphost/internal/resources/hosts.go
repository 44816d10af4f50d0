package resources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts"
)

// Hosts are those of the flags and of the header's fetch permissions.
func Hosts(flags []string, header scripts.Header) ([]string, error) {
	hosts := slices.Clone(flags)
	for _, host := range flags {
		if strings.ContainsAny(host, "/@?# ") || host == "" || host == "*" || strings.Contains(strings.TrimPrefix(host, "*."), "*") {
			return nil, &usage.Error{Problem: fmt.Sprintf("--allow-host %q is not a host", host), Hint: "write a name and at most a port: api.example.com, *.example.com, localhost:8080"}
		}
	}
	for _, p := range header.Permissions {
		if p.Subject == "fetch" && p.Scope != "" && p.Scope != "*" {
			hosts = append(hosts, p.Scope)
		}
	}
	return hosts, nil
}
