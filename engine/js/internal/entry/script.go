package entry

import (
	"slices"

	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Script returns an entry as it stands in a script, with the awaits that it implies.
func (t *Translator) Script(code string) string {
	e, err := t.take("", code)
	if err != nil {
		return code
	}
	return t.script(e, code)
}

// Scripts is Script for entries that stand in one script, in their order. A name that several of them declare is declared by the
// first, as a variable, and assigned by the others.
func (t *Translator) Scripts(codes []string) []string {
	parsed, declared := make([]*rewrite.Entry, len(codes)), make([][]string, len(codes))
	count := make(map[string]int)
	for i, code := range codes {
		e, err := t.take("", code)
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
			scripts[i] = t.script(e, codes[i])
		}
		for _, name := range declared[i] {
			seen[name] = true
		}
	}
	return scripts
}
