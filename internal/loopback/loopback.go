// Package loopback recognizes the names and addresses that lead to this machine alone.
package loopback

import (
	"net/netip"
	"strings"
)

// IsHost reports whether a host is localhost, a name below it, or a loopback address.
func IsHost(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
