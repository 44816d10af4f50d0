package console

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// webMembers gives the way to show the members of an object by its class: those of the web keep theirs behind accessors.
func (in *inspector) webMembers(class string) func(object *goja.Object, level int) []string {
	var accessors []string
	switch class {
	case "Headers", "URLSearchParams":
		return func(object *goja.Object, level int) []string {
			if objects.IsNullish(object.GetSymbol(goja.SymIterator)) {
				return in.members(object, level)
			}
			return in.mapItems(object, level)
		}
	case "URL":
		accessors = []string{"href"}
	case "Request":
		accessors = []string{"method", "url", "headers", "bodyUsed"}
	case "Response":
		accessors = []string{"status", "statusText", "headers", "url", "redirected", "bodyUsed"}
	case "AbortController":
		accessors = []string{"signal"}
	case "AbortSignal":
		accessors = []string{"aborted", "reason"}
	case "Event":
		accessors = []string{"type"}
	case "TextDecoder", "TextEncoder":
		accessors = []string{"encoding"}
	}
	return func(object *goja.Object, level int) []string {
		parts := in.members(object, level)
		if len(parts) > 0 { // a class of the script's own that bears such a name
			return parts
		}
		for _, name := range accessors {
			if value := object.Get(name); value != nil && !goja.IsUndefined(value) {
				parts = append(parts, in.member(object, name, level))
			}
		}
		return parts
	}
}
