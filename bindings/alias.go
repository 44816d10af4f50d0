package bindings

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// aliases are the short names of an operation's query parameters. The wire's names carry a prefix for what they do
// (filter_unread, search_query, timestamp_before); the part behind it is enough wherever it names one thing only. Flags that
// choose an order (order_date_waiting) become the values of one option, order.
type aliases struct {
	names map[string]string // short to wire
	order map[string]string // value of the option order to wire
}

var (
	aliasPrefixes = [...]string{"filter_", "search_", "timestamp_", "center_"}
	noAliases     = &aliases{}
)

const orderPrefix = "order_date_"

func aliasesOf(op *spec.Operation) *aliases {
	out := noAliases
	for _, p := range op.Params {
		if p.In != spec.InQuery {
			continue
		}
		for _, prefix := range aliasPrefixes {
			short, found := strings.CutPrefix(p.Name, prefix)
			if !found || op.Param(short) != nil || out.names[short] != "" {
				continue
			}
			out = out.writable()
			out.names[short] = p.Name
		}
		if short, found := strings.CutPrefix(p.Name, orderPrefix); found {
			out = out.writable()
			out.order[short] = p.Name
		}
	}
	return out
}

func (a *aliases) writable() *aliases {
	if a == noAliases {
		return &aliases{names: map[string]string{}, order: map[string]string{}}
	}
	return a
}
