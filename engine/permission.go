package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Permissions are what a script may do: the words of its @permissions, narrowed by whoever runs it. They are immutable.
//
// Nil allows every call. An instance without permissions is not held back.
type Permissions struct {
	vocabulary *Vocabulary
	// granted are the words that the script has, and nil when it has everything but the subjects with values.
	granted *grant
	// extra are words that are granted beside them.
	extra []*grant
	// bounds narrow what is granted.
	bounds []bound
	advice func(word string) string
}

// bound is what someone narrows permissions with.
type bound struct {
	// by names it: "--read-only", "the host's configuration". Hint is that of errors.
	by, hint string
	// has are the words that are left, or nil. without are the words that are taken away, or nil.
	has, without *grant
	readOnly     bool
}

// grant is a list of words.
type grant struct {
	words   []string
	effects map[string]effectSet
	values  map[string][]string
}

type effectSet uint8

const (
	readSet effectSet = 1 << iota
	writeSet
)

func (e Effect) set() effectSet {
	if e == Read {
		return readSet
	}
	return writeSet
}

// Parse returns the permissions of a list of words. No words allow nothing that needs a permission. Errors are a *WordError.
func (v *Vocabulary) Parse(words []string) (*Permissions, error) {
	g, err := v.parse(words)
	if err != nil {
		return nil, err
	}
	return &Permissions{vocabulary: v, granted: g}, nil
}

// Everything returns the permissions of a script without @permissions: all but those with values, such as fetch:HOST, which
// have to be named.
func (v *Vocabulary) Everything() *Permissions { return &Permissions{vocabulary: v} }

// With returns the permissions with further values, for example "fetch:api.example.com".
func (p *Permissions) With(words ...string) (*Permissions, error) {
	g, err := p.vocabulary.parse(words)
	if err != nil {
		return nil, err
	}
	with := *p
	with.extra = append(slices.Clone(p.extra), g)
	return &with, nil
}

// Within returns the permissions without what the words do not cover. By names who asks for it in errors, and hint tells what to
// do about it, with WORD in the place of a word that lacks: "--allow", "add --allow WORD".
func (p *Permissions) Within(by, hint string, words []string) (*Permissions, error) {
	return p.narrow(by, words, func(b *bound, g *grant) { b.has, b.hint = g, hint })
}

// Without returns the permissions without what the words cover.
func (p *Permissions) Without(by string, words []string) (*Permissions, error) {
	return p.narrow(by, words, func(b *bound, g *grant) { b.without = g })
}

// ReadOnly returns the permissions without all calls whose effect is not Read, whether they need a permission or not.
func (p *Permissions) ReadOnly(by string) *Permissions {
	narrowed := *p
	narrowed.bounds = append(slices.Clone(p.bounds), bound{by: by, readOnly: true})
	return &narrowed
}

func (p *Permissions) narrow(by string, words []string, set func(*bound, *grant)) (*Permissions, error) {
	g, err := p.vocabulary.parse(words)
	if err != nil {
		return nil, err
	}
	b := bound{by: by}
	set(&b, g)
	narrowed := *p
	narrowed.bounds = append(slices.Clone(p.bounds), b)
	return &narrowed, nil
}

// Advise returns the permissions with a text that tells how to get a word which they lack. It is the hint of errors.
func (p *Permissions) Advise(advice func(word string) string) *Permissions {
	with := *p
	with.advice = advice
	return &with
}

// Outside returns the first of the words of a script that these permissions do not cover, for an operator's bound.
func (p *Permissions) Outside(words []string) (word string, outside bool) {
	for _, word := range words {
		g, err := p.vocabulary.parse([]string{word})
		if err != nil {
			continue
		}
		for name, set := range g.effects {
			for _, s := range p.vocabulary.covered(name) {
				for _, e := range []Effect{Read, Write} {
					if set&e.set() != 0 && p.refused(&HostCall{Permission: s, Effect: e}) != nil {
						return word, true
					}
				}
			}
		}
		for name, values := range g.values {
			for _, value := range values {
				if p.refused(&HostCall{Permission: name, Value: value}) != nil {
					return word, true
				}
			}
		}
	}
	return "", false
}

// Allows reports whether a call of a subject with an effect is allowed. Value is for subjects that take one.
func (p *Permissions) Allows(subject string, effect Effect, value string) bool {
	return p == nil || p.refused(&HostCall{Permission: subject, Effect: effect, Value: value}) == nil
}

// Values returns what is granted of a subject with values, for example the hosts of fetch.
func (p *Permissions) Values(subject string) []string {
	if p == nil {
		return nil
	}
	var values []string
	for _, g := range append([]*grant{p.granted}, p.extra...) {
		if g != nil {
			values = append(values, g.values[subject]...)
		}
	}
	return values
}

// Check returns the error of a call that the permissions refuse, or nil. It is a *HostError named PermissionError that wraps
// ErrPermission.
func (p *Permissions) Check(c *HostCall) error {
	if p == nil {
		return nil
	}
	b := p.refused(c)
	if b == nil {
		return nil
	}
	word := p.wanted(c)
	e := &HostError{
		Name: "PermissionError", Call: c.Name, Err: ErrPermission,
		Fields: []Constant{{Name: "permission", Value: word}, {Name: "effect", Value: c.Effect.String()}},
	}
	switch {
	case b.by == "" && p.advice != nil:
		e.Message, e.Hint = "needs the permission "+word, p.advice(word)
	case b.by == "":
		e.Message, e.Hint = "needs the permission "+word, "add "+word+" to @permissions in the script's header"
	case b.readOnly:
		e.Message = fmt.Sprintf("refused by %s, because it would %s", b.by, c.Effect)
	case b.has != nil:
		e.Message = fmt.Sprintf("needs the permission %s, which %s does not grant", word, b.by)
		e.Hint = strings.ReplaceAll(b.hint, "WORD", word)
	default:
		e.Message = fmt.Sprintf("needs the permission %s, which %s takes away", word, b.by)
	}
	return e
}

// wanted is the word that errors recommend for a call.
func (p *Permissions) wanted(c *HostCall) string {
	advised := *c
	if s := p.vocabulary.byName[c.Permission]; s != nil && s.Advice != "" {
		advised.Permission = s.Advice
	}
	return advised.Word()
}

// missing is the bound of what was not granted at all.
var missing = &bound{}

// refused returns what refuses a call, or nil. A word that was not granted comes before a bound that does not have it either:
// to widen the bound would not help.
func (p *Permissions) refused(c *HostCall) *bound {
	var outside *bound
	for i := range p.bounds {
		b := &p.bounds[i]
		switch {
		case b.readOnly && c.Effect != Read:
			return b
		case c.Permission == "":
		case b.without != nil && p.covers(b.without, c):
			return b
		case outside == nil && b.has != nil && !p.covers(b.has, c):
			outside = b
		}
	}
	if c.Permission != "" && !p.grants(c) {
		return missing
	}
	return outside
}

// grants reports whether a call that needs a permission has it before bounds narrow it.
func (p *Permissions) grants(c *HostCall) bool {
	return p.granted == nil && c.Value == "" || p.granted != nil && p.covers(p.granted, c) ||
		slices.ContainsFunc(p.extra, func(g *grant) bool { return p.covers(g, c) })
}

// covers reports whether a list of words covers a call.
func (p *Permissions) covers(g *grant, c *HostCall) bool {
	set := c.Effect.set()
	if g.effects[c.Permission]&set != 0 { // no subject with values is among them
		return true
	}
	s := p.vocabulary.byName[c.Permission]
	if s != nil && s.Value != "" {
		return slices.ContainsFunc(g.values[s.Name], func(word string) bool {
			if c.target != nil {
				return newHostPattern(word).matches(c.target.host, c.target.port, c.target.implied)
			}
			return word == c.Value || s.MatchValue != nil && s.MatchValue(word, c.Value)
		})
	}
	if g.effects[permissionAny]&set != 0 {
		return true
	}
	return s != nil && slices.ContainsFunc(s.In, func(wider string) bool { return g.effects[wider]&set != 0 })
}
