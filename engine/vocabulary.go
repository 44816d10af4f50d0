package engine

import (
	"cmp"
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

func (v *Vocabulary) parse(words []string) (*grant, error) {
	g := &grant{words: slices.Clone(words), effects: map[string]effectSet{}, values: map[string][]string{}}
	for i, word := range words {
		name, scope, scoped := strings.Cut(word, ":")
		s := v.byName[name]
		if s == nil && name != permissionAny {
			return nil, &WordError{Word: i, Problem: fmt.Sprintf("unknown permission %q", word), Hint: v.hint(name, scope)}
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

// hint says which word was meant. It keeps what stands behind the colon: a word without it would allow more. In front, it passes
// over the name of the object that calls begin with.
func (v *Vocabulary) hint(name, scope string) string {
	names := slices.Collect(maps.Keys(v.byName))
	slices.Sort(names)
	_, below, _ := strings.Cut(name, ".")
	for _, name := range []string{name, below} {
		near := nearest.To(name, names)
		if near == "" {
			continue
		}
		if _, err := v.parse([]string{near + ":" + scope}); err == nil {
			near += ":" + scope
		}
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
