//go:build unix

package serve

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// proxies is a flag's list of addresses and networks.
type proxies struct{ prefixes []netip.Prefix }

// Type returns the word for a flag's value.
func (p *proxies) Type() string { return "addresses" }

func (p *proxies) String() string {
	words := make([]string, len(p.prefixes))
	for i, prefix := range p.prefixes {
		words[i] = prefix.String()
	}
	return strings.Join(words, " ")
}

// Set adds addresses such as 10.0.0.1 and networks such as 10.0.0.0/8.
func (p *proxies) Set(text string) error {
	for _, word := range usage.SplitWords(text) {
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			address, addressErr := netip.ParseAddr(word)
			if addressErr != nil {
				return fmt.Errorf("%q is neither an address, such as 10.0.0.1, nor a network, such as 10.0.0.0/8", word)
			}
			prefix = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		p.prefixes = append(p.prefixes, prefix.Masked())
	}
	return nil
}
