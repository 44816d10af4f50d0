package rtm

import "github.com/crisphost/crisphost/crisp/spec"

// known returns the names of the events that a tier can hear.
func known(spec.Tiers) []string { return nil }
