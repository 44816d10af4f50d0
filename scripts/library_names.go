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
	holders := map[string]*held{}
	scripts := make([]*Script, 0, len(ld.scripts))
	for _, path := range slices.SortedFunc(maps.Keys(ld.scripts), func(a, b string) int { return strings.Compare(ld.name(a), ld.name(b)) }) {
		s := ld.scripts[path]
		holder, taken := holders[s.script.Name]
		if !taken {
			holders[s.script.Name] = s
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

// refusedFor tells whether a script is shown already as one whose name another has.
func (s *held) refusedFor(holder *held) bool {
	if s.shown == nil {
		return false
	}
	var taken *NameError
	return errors.As(s.shown.Err, &taken) && taken.Name == s.script.Name && taken.Holder == holder.script.Path
}
