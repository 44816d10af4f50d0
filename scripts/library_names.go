package scripts

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// publish gives every script its name and shows the result.
func (ld *loader) publish() {
	l := ld.library
	paths := slices.SortedFunc(maps.Keys(ld.scripts), func(a, b string) int {
		return strings.Compare(ld.scripts[a].script.Path, ld.scripts[b].script.Path)
	})
	holders := map[string]*held{}
	// A copy of a script, or its port to another language, must not take the place of what runs.
	for _, path := range paths {
		if s := ld.scripts[path]; s.holdsName() {
			holders[s.script.Name] = s
		}
	}
	scripts := make([]*Script, 0, len(paths))
	for _, path := range paths {
		s := ld.scripts[path]
		holder := holders[s.script.Name]
		if holder == nil {
			holder = s
			holders[s.script.Name] = s
		}
		if holder == s {
			s.shown = s.script
		} else if !s.refusedFor(holder) {
			s.shown = &Script{
				Name: s.script.Path, Path: s.script.Path, Language: s.script.Language,
				Err: &NameError{Name: s.script.Name, Path: s.script.Path, Holder: holder.script.Path},
			}
		}
		scripts = append(scripts, s.shown)
	}
	changes := changesBetween(l.Scripts(), scripts)
	if len(changes) == 0 {
		return
	}
	l.publish(scripts, changes)
}

// holdsName reports whether a script runs under its name already.
func (s *held) holdsName() bool {
	return s.shown != nil && s.shown.Version != "" && s.shown.Name == s.script.Name
}

// refusedFor reports whether a script is shown already as one whose name another has.
func (s *held) refusedFor(holder *held) bool {
	if s.shown == nil {
		return false
	}
	var taken *NameError
	return errors.As(s.shown.Err, &taken) && taken.Name == s.script.Name && taken.Holder == holder.script.Path
}
