package eventtext

import (
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Condition compiles a condition for several events, or for all where there are no names. It must fit at least one of them: of the
// others, fields that it names are null. Errors are a *filter.Error, or a *NameError if it fits none.
func Condition(where string, names []string) (*filter.Filter, error) {
	if len(names) == 0 {
		names = Names()
	}
	var first error
	for _, name := range names {
		_, err := filter.Compile(where, spec.FindEvent(name))
		if err == nil {
			return filter.Compile(where, nil)
		}
		if first == nil {
			first = err
		}
	}
	if _, err := filter.Compile(where, nil); err == nil && len(names) > 1 {
		return nil, &NameError{Problem: "none of the events has the fields of " + where}
	}
	return nil, first
}
