package entry

import (
	"errors"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Scripts returns entries as they stand in one script, in their order: with the awaits that they imply, and with functions that are async
// where that takes it. A name that several of them declare is declared by the first, as a variable, and assigned by the others. An entry
// that is wrong stays as it is. Entries that no script can stand for are an *engine.Unsavable.
func (t *Translator) Scripts(codes []string) ([]string, error) {
	scripts := make([]string, len(codes))
	copy(scripts, codes)
	parts, which := make([]*rewrite.Part, 0, len(codes)), make([]int, 0, len(codes))
	for i, code := range codes {
		if e, err := t.take("", code, false); err == nil {
			parts, which = append(parts, &rewrite.Part{Entry: e, Host: t.host(e, code), Lessons: t.lessons[code]}), append(which, i)
		}
	}
	if failed, refusal := rewrite.Save(parts); refusal != nil {
		for i, p := range parts {
			if p == failed {
				return nil, &engine.UnsavableError{Entry: which[i], Err: refused("", codes[which[i]], refusal)}
			}
		}
		return nil, errors.New(refusal.Message)
	}
	count := make(map[string]int)
	for i, p := range parts {
		for _, name := range p.Names(codes[which[i]]) {
			count[name]++
		}
	}
	seen := make(map[string]bool)
	for i, p := range parts {
		code := codes[which[i]]
		names := p.Names(code)
		if p.Redeclare(count, seen) {
			scripts[which[i]] = p.Script()
		} else {
			scripts[which[i]] = t.script(p.Entry, code)
		}
		for _, name := range names {
			seen[name] = true
		}
	}
	return scripts, nil
}
