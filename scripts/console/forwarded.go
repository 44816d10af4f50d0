package console

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// visitor is where a request comes from.
type visitor struct {
	// peer is the other end of the connection, and client who stands behind it: the same, unless the peer is a proxy that is trusted.
	// Both are zero when the server does not know.
	peer, client netip.Addr
}

func (v visitor) forwarded() bool { return v.client != v.peer }

// visitorOf finds out where a request comes from. A proxy that is trusted tells the address of who asked it in X-Forwarded-For, behind
// what it was told itself: the right-most address that is no proxy's is the client's, and what stands left of it anybody can write.
func (c *Console) visitorOf(r *http.Request) visitor {
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return visitor{}
	}
	v := visitor{peer, peer}
	if !c.isProxy(peer) {
		return v
	}
	told := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(told) {
		address, ok := parseAddress(strings.TrimSpace(text))
		if !ok {
			break
		}
		if v.client = address; !c.isProxy(address) {
			break
		}
	}
	return v
}

// isProxy reports whether an address is that of a proxy whose word counts: one on this machine, or one that the operator named.
func (c *Console) isProxy(address netip.Addr) bool {
	return address.IsLoopback() || slices.ContainsFunc(c.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// parseAddress reads an address with or without a port.
func parseAddress(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

// limitOf is the name under which the wrong tokens of an address are counted: itself, or for IPv6 the network that one customer gets.
func limitOf(address netip.Addr) string {
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}

// userOf is who a trusted proxy says that a request is of, or "".
func (c *Console) userOf(r *http.Request, v visitor) string {
	if c.UserHeader == "" || !v.peer.IsValid() || !c.isProxy(v.peer) {
		return ""
	}
	name := strings.TrimSpace(r.Header.Get(c.UserHeader))
	return name[:min(len(name), maxTokenName)]
}
