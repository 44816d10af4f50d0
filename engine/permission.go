package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/internal/nearest"
)

// NoPermission is the Permission of a Function that every script may call, such as one that formats a time.
const NoPermission = "none"

const (
	permissionFetch = "fetch"
	permissionAny   = "*"
)

// Subject is what a word of @permissions is about: a module, a group of calls, or something that takes a value.
//
//	conversations          reading and changing
//	conversations:read     calls with the effect Read
//	conversations:write    calls with the effects Write, Send and Delete; reading is not part of it
//	fetch:HOST             a subject with values
//	*, *:read, *:write     every subject without values
type Subject struct {
	// Name is the word in front of the colon, for example "conversations" or "people.segments".
	Name string
	// Doc says in a line what the word allows.
	Doc string
	// In are the wider subjects whose words cover this one, for example "people".
	In []string
	// Advice is the subject that errors recommend. Empty is Name.
	Advice string
	// Value names what stands behind the colon ("HOST") for subjects that take a value in place of an effect.
	Value string
	// CheckValue returns what is wrong with a value, and a hint. Nil accepts every value.
	CheckValue func(value string) (problem, hint string)
	// MatchValue reports whether a word's value covers the value of a call. Nil compares them.
	MatchValue func(word, value string) bool
}

// Vocabulary is the words that permissions are written in. It is immutable; Engine.Vocabulary returns that of an engine.
type Vocabulary struct {
	subjects []Subject
	byName   map[string]*Subject
}

// NewVocabulary returns the vocabulary of modules: their subjects, a subject of its name for every module that names none
// and has functions that need a permission, and fetch. It fails when two modules describe one subject.
func NewVocabulary(modules ...*Module) (*Vocabulary, error) {
	v := &Vocabulary{byName: map[string]*Subject{}}
	var wrong []string
	for _, m := range modules {
		subjects := m.Subjects
		if len(subjects) == 0 && m.needsPermission() {
			subjects = []Subject{{Name: m.Name, Doc: cmp.Or(m.Doc, "The module "+m.Name+".")}}
		}
		for _, s := range subjects {
			if v.byName[s.Name] != nil {
				wrong = append(wrong, fmt.Sprintf("two modules describe the permission %q", s.Name))
				continue
			}
			v.subjects = append(v.subjects, s)
			v.byName[s.Name] = &s
		}
	}
	fetch := fetchSubject
	v.subjects, v.byName[fetch.Name] = append(v.subjects, fetch), &fetch
	slices.SortFunc(v.subjects, func(a, b Subject) int { return strings.Compare(a.Name, b.Name) })
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return v, nil
}

// needsPermission reports whether a function of the module needs the permission of its name.
func (m *Module) needsPermission() bool {
	needs := func(f *Function) bool { return f != nil && f.Permission == "" }
	for i := range m.Functions {
		if needs(&m.Functions[i]) {
			return true
		}
	}
	return needs(m.Apply) || slices.ContainsFunc(m.Modules, (*Module).needsPermission)
}

// Subjects returns all subjects in the order of their names.
func (v *Vocabulary) Subjects() []Subject { return slices.Clone(v.subjects) }

// WordError is the error of a word that is no permission.
type WordError struct {
	// Word is the index of the word, from 0.
	Word int
	// Problem is one line, and Hint says what to write instead.
	Problem, Hint string
}

func (e *WordError) Error() string { return e.Problem }

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
	// by names it: "--read-only", "the configuration's permissions".
	by string
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

func (v *Vocabulary) parse(words []string) (*grant, error) {
	g := &grant{words: slices.Clone(words), effects: map[string]effectSet{}, values: map[string][]string{}}
	for i, word := range words {
		name, scope, scoped := strings.Cut(word, ":")
		s := v.byName[name]
		if s == nil && name != permissionAny {
			return nil, &WordError{Word: i, Problem: fmt.Sprintf("unknown permission %q", word), Hint: v.hint(name)}
		}
		if s != nil && s.Value != "" {
			if !scoped || scope == "" {
				return nil, &WordError{
					Word: i, Problem: fmt.Sprintf("%q names no %s", word, strings.ToLower(s.Value)),
					Hint: "write " + name + ":" + s.Value,
				}
			}
			if s.CheckValue != nil {
				if problem, hint := s.CheckValue(scope); problem != "" {
					return nil, &WordError{Word: i, Problem: fmt.Sprintf("%q %s", word, problem), Hint: hint}
				}
			}
			g.values[name] = append(g.values[name], scope)
			continue
		}
		switch {
		case !scoped, scope == permissionAny:
			g.effects[name] |= readSet | writeSet
		case scope == "read":
			g.effects[name] |= readSet
		case scope == "write":
			g.effects[name] |= writeSet
		default:
			return nil, &WordError{
				Word: i, Problem: fmt.Sprintf("unknown effect %q in %q", scope, word),
				Hint: "write " + name + ":read, " + name + ":write, or " + name + " for both",
			}
		}
	}
	return g, nil
}

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

// Within returns the permissions without what the words do not cover. By names who asks for it in errors: "--allow".
func (p *Permissions) Within(by string, words []string) (*Permissions, error) {
	return p.narrow(by, words, func(b *bound, g *grant) { b.has = g })
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

// covered returns the subjects that the word of a name covers. Of "*" that is "*", which no list of all subjects covers: a later
// engine may have more.
func (v *Vocabulary) covered(name string) []string {
	if name == permissionAny {
		return []string{permissionAny}
	}
	var names []string
	for i := range v.subjects {
		s := &v.subjects[i]
		if s.Value == "" && (s.Name == name || slices.Contains(s.In, name)) {
			names = append(names, s.Name)
		}
	}
	return names
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

// permissionsForm is the JSON form of Permissions.
type permissionsForm struct {
	// Words is null for everything.
	Words  []string    `json:"words"`
	Extra  []string    `json:"extra,omitempty"`
	Bounds []boundForm `json:"bounds,omitempty"`
}

type boundForm struct {
	By       string   `json:"by"`
	Has      []string `json:"has,omitempty"`
	Without  []string `json:"without,omitempty"`
	Within   bool     `json:"within,omitempty"` // that Has counts, even if it is empty
	ReadOnly bool     `json:"read_only,omitempty"`
}

// MarshalJSON writes the permissions for another process, which reads them with Vocabulary.Decode. The text of Advise does not
// travel.
func (p *Permissions) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("null"), nil
	}
	var f permissionsForm
	if p.granted != nil {
		f.Words = append([]string{}, p.granted.words...)
	}
	for _, g := range p.extra {
		f.Extra = append(f.Extra, g.words...)
	}
	for _, b := range p.bounds {
		bf := boundForm{By: b.by, ReadOnly: b.readOnly}
		if b.has != nil {
			bf.Within, bf.Has = true, b.has.words
		}
		if b.without != nil {
			bf.Without = b.without.words
		}
		f.Bounds = append(f.Bounds, bf)
	}
	return json.Marshal(f)
}

// Decode reads permissions that MarshalJSON wrote. It fails for words that the vocabulary does not have.
func (v *Vocabulary) Decode(data []byte) (*Permissions, error) {
	var f *permissionsForm
	if err := json.Unmarshal(data, &f); err != nil || f == nil {
		return nil, err
	}
	p := v.Everything()
	if f.Words != nil {
		var err error
		if p, err = v.Parse(f.Words); err != nil {
			return nil, err
		}
	}
	p, err := p.With(f.Extra...)
	for _, b := range f.Bounds {
		switch {
		case err != nil:
			return nil, err
		case b.ReadOnly:
			p = p.ReadOnly(b.By)
		case b.Within:
			p, err = p.Within(b.By, b.Has)
		default:
			p, err = p.Without(b.By, b.Without)
		}
	}
	return p, err
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
		e.Message, e.Hint = "needs the permission "+word, "add it to @permissions in the script's header"
	case b.readOnly:
		e.Message = fmt.Sprintf("is refused by %s: its effect is %s", b.by, c.Effect)
	case b.has != nil:
		e.Message = fmt.Sprintf("needs the permission %s, which %s does not include", word, b.by)
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

// refused returns what refuses a call, or nil.
func (p *Permissions) refused(c *HostCall) *bound {
	for i := range p.bounds {
		b := &p.bounds[i]
		if b.readOnly && c.Effect != Read {
			return b
		}
		if c.Permission == "" {
			continue
		}
		if b.has != nil && !p.covers(b.has, c) || b.without != nil && p.covers(b.without, c) {
			return b
		}
	}
	switch {
	case c.Permission == "":
		return nil
	case p.granted == nil && c.Value == "":
		return nil
	case p.granted != nil && p.covers(p.granted, c):
		return nil
	case slices.ContainsFunc(p.extra, func(g *grant) bool { return p.covers(g, c) }):
		return nil
	default:
		return missing
	}
}

// covers reports whether a list of words covers a call.
func (p *Permissions) covers(g *grant, c *HostCall) bool {
	s := p.vocabulary.byName[c.Permission]
	if s != nil && s.Value != "" {
		return slices.ContainsFunc(g.values[s.Name], func(word string) bool {
			if c.target != nil {
				return newHostPattern(word).matches(c.target.host, c.target.port, c.target.implied)
			}
			return word == c.Value || s.MatchValue != nil && s.MatchValue(word, c.Value)
		})
	}
	set := c.Effect.set()
	if (g.effects[c.Permission]|g.effects[permissionAny])&set != 0 {
		return true
	}
	return s != nil && slices.ContainsFunc(s.In, func(wider string) bool { return g.effects[wider]&set != 0 })
}

// hint says which word was meant.
func (v *Vocabulary) hint(name string) string {
	names := slices.Collect(maps.Keys(v.byName))
	slices.Sort(names)
	if near := nearest.To(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "the permissions are " + strings.Join(v.Words(), ", ")
}

// Words returns the words of all subjects as they are written, for example "people" and "fetch:HOST".
func (v *Vocabulary) Words() []string {
	words := make([]string, 0, len(v.subjects))
	for i := range v.subjects {
		s := &v.subjects[i]
		switch {
		case s.Value != "":
			words = append(words, s.Name+":"+s.Value)
		case len(s.In) == 0:
			words = append(words, s.Name)
		}
	}
	return words
}
