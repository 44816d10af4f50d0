package js

import (
	"slices"

	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Scripts is Script for entries that stand in one script, in their order. A name that several of them declare is declared by the
// first, as a variable, and assigned by the others.
func (s *session) Scripts(codes []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	parsed, declared := make([]*rewrite.Entry, len(codes)), make([][]string, len(codes))
	count := make(map[string]int)
	for i, code := range codes {
		e, err := s.take("", code)
		if err != nil {
			continue
		}
		parsed[i], declared[i] = e, e.Names(code)
		for _, name := range declared[i] {
			count[name]++
		}
	}
	scripts := slices.Clone(codes)
	seen := make(map[string]bool)
	for i, e := range parsed {
		if e == nil {
			continue
		}
		if e.Redeclare(count, seen) {
			scripts[i] = e.Render(rewrite.InScript).String()
		} else {
			scripts[i] = s.script(e, codes[i])
		}
		for _, name := range declared[i] {
			seen[name] = true
		}
	}
	return scripts
}
