package js

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/js/internal/intl"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/words"
)

// memberHint explains an error that came of a host module's name written wrongly: JavaScript itself only says that it
// cannot use undefined.
func (r *run) memberHint(e *engine.Error) string {
	switch e.Name {
	case "TypeError":
		hint := naming.Hint(e.SourceLine, func(name string) *engine.Module { return r.vm.globals.modules[name] }, words.Camel)
		return cmp.Or(hint, intl.Hint(e.SourceLine), r.eventHint(e.SourceLine))
	case "ReferenceError":
		name, _, _ := strings.Cut(e.Message, " ")
		return r.globalHint(name)
	default:
		return ""
	}
}

// eventHint is about a line that uses the event of a run that has none.
func (r *run) eventHint(line string) string {
	between := func(c rune) bool { return c != '_' && c != '.' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	for _, word := range strings.FieldsFunc(line, between) {
		word, _, _ = strings.Cut(strings.TrimPrefix(word, "..."), ".") // events, and not the member of crisp.events
		if value, known := r.vm.globals.constants[word]; known && value == nil {
			return naming.EventHint(word)
		}
	}
	return ""
}

// globalHint is about a global name that does not exist.
func (r *run) globalHint(name string) string {
	switch name {
	case "process":
		return "process belongs to Node: env has the variables that @env names, args has the arguments, and a script ends by returning or throwing"
	case "Buffer":
		return "Buffer belongs to Node: use Uint8Array, TextEncoder, TextDecoder, atob and btoa"
	case "global":
		return "global belongs to Node: use globalThis"
	case "__dirname", "__filename":
		return name + " belongs to Node: files.read takes paths from the working directory on"
	case "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics":
		return "the script engine does not have " + name
	case "window", "document", "localStorage", "navigator", "XMLHttpRequest":
		return name + " belongs to browsers: scripts run in an engine of their own"
	}
	if hint := naming.EventHint(name); hint != "" {
		return hint
	}
	names := slices.Sorted(maps.Keys(r.vm.globals.modules))
	if near := nearest.To(name, append(names, "console", "map", "parallel", "retry")); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
