package lua

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/internal/nearest"
)

// memberHint explains an error that came of the name of a host module or of its member written wrongly: Lua itself only says
// that it cannot use nil.
func (v *vm) memberHint(e *engine.Error) string {
	var what string
	for _, use := range []string{"call", "index"} {
		if rest, ok := strings.CutPrefix(e.Message, "attempt to "+use+" a nil value"); ok {
			what = rest
		}
	}
	if what == "" {
		return ""
	}
	var names []string
	for _, m := range v.cfg.Modules {
		names = append(names, m.Name)
	}
	if hint := v.missingHint(what, e.SourceLine); hint != "" {
		return hint
	}
	if name, ok := strings.CutPrefix(what, " (global '"); ok {
		if near := nearest.To(strings.TrimSuffix(name, "')"), append(names, "map", "parallel", "retry")); near != "" {
			return "did you mean " + near + "?"
		}
		return ""
	}
	return naming.Hint(e.SourceLine, func(name string) *engine.Module {
		for _, m := range v.cfg.Modules {
			if m.Name == name {
				return m
			}
		}
		return nil
	}, nil)
}
