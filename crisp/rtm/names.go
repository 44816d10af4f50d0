package rtm

import "github.com/crisphost/crisphost/crisp/spec"

// known returns the names of the events that tokens of a tier hear, sorted.
func known(tier spec.Tiers) []string {
	var names []string
	for _, event := range spec.Events() {
		if event.Tiers.Has(tier) {
			names = append(names, event.Name)
		}
	}
	return names
}
