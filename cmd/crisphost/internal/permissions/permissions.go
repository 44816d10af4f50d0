// Package permissions has the flags that say what code may do, and the page that documents their words.
package permissions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sourceline"
	"github.com/crisphost/crisphost/scripts"
)

// Subjects of permissions that have flags of their own.
const (
	fetchSubject = "fetch"
	envSubject   = "env"
)

// Options are the flags of commands that run code.
type Options struct {
	allow, deny wordList
	readOnly    bool
	hosts, env  []string
}

// Register adds the flags, for code that is called what.
func (o *Options) Register(flags *pflag.FlagSet, what string) {
	flags.Var(&o.allow, "allow", "let the "+what+" do only what these `words` cover, such as \"conversations:read store\"; repeatable "+
		"(see crisphost help permissions)")
	flags.Var(&o.deny, "deny", "refuse what these `words` cover; repeatable")
	flags.BoolVar(&o.readOnly, "read-only", false, "refuse calls that change, send or delete something")
	flags.StringArrayVar(&o.env, "env", nil, "environment variable `name` that the "+what+" may read; repeatable")
	flags.StringArrayVar(&o.hosts, "allow-host", nil,
		"`host` that fetch may reach (api.example.com, *.example.com, localhost:8080); repeatable")
}

// OfScript returns the permissions of a script: what its header lists, or else everything but fetch, and what the flags make of
// it. Errors in the header are *scripts.HeaderError.
func (o *Options) OfScript(v *engine.Vocabulary, src engine.Source, h scripts.Header) (*engine.Permissions, error) {
	p, err := ofHeader(v, src, h)
	if err != nil {
		return nil, err
	}
	if p, err = o.apply(p); err != nil {
		return nil, err
	}
	return p.Advise(func(word string) string {
		if host, ok := strings.CutPrefix(word, fetchSubject+":"); ok {
			return fmt.Sprintf("allow it with --allow-host %s or `@permissions %s` in the script's header", host, word)
		}
		return "add " + word + " to @permissions in the script's header"
	}), nil
}

// OfCode returns the permissions of code without a header: everything but fetch, and what the flags make of it.
func (o *Options) OfCode(v *engine.Vocabulary) (*engine.Permissions, error) {
	p, err := o.apply(v.Everything())
	if err != nil {
		return nil, err
	}
	return p.Advise(func(word string) string {
		if host, ok := strings.CutPrefix(word, fetchSubject+":"); ok {
			return "allow it with --allow-host " + host
		}
		return "start the command with flags that allow it"
	}), nil
}

// ReadHeader reads the header of a script. Its errors name the file.
func ReadHeader(src engine.Source) (scripts.Header, error) {
	header, err := scripts.ReadHeader(src.Code, src.Language)
	var wrong *scripts.HeaderError
	if errors.As(err, &wrong) {
		for _, e := range wrong.All() {
			e.File = src.Name
		}
	}
	return header, err
}

// ofHeader returns the permissions that a header lists.
func ofHeader(v *engine.Vocabulary, src engine.Source, h scripts.Header) (*engine.Permissions, error) {
	p, err := h.Access(v)
	var wrong *scripts.HeaderError
	if !errors.As(err, &wrong) {
		return p, err
	}
	for _, e := range wrong.All() {
		e.File, e.SourceLine, e.Hint = src.Name, sourceline.At(src.Code, e.Line), Hint(e.Hint)
	}
	return nil, wrong
}

// apply adds what the flags name, and narrows the permissions by the others. What --env and --allow-host name need not be in
// --allow again.
func (o *Options) apply(p *engine.Permissions) (*engine.Permissions, error) {
	for _, host := range o.hosts {
		with, err := p.With(fetchSubject + ":" + host)
		if err != nil {
			return nil, &usage.Error{
				Problem: fmt.Sprintf("--allow-host %q is not a host", host),
				Hint:    "write a name and at most a port: api.example.com, *.example.com, localhost:8080", Err: err,
			}
		}
		p = with
	}
	p, err := p.With(prefixed(envSubject, o.env)...)
	if err != nil {
		return nil, WordError("--env", err)
	}
	if o.allow.given {
		if _, err := p.Within("--allow", "", o.allow.words); err != nil {
			return nil, WordError("--allow", err)
		}
		named := slices.Concat(o.allow.words, prefixed(fetchSubject, o.hosts), prefixed(envSubject, o.env))
		if p, err = p.Within("--allow", "add --allow WORD", named); err != nil {
			return nil, err
		}
	}
	if o.deny.given {
		if p, err = p.Without("--deny", o.deny.words); err != nil {
			return nil, WordError("--deny", err)
		}
	}
	if o.readOnly {
		p = p.ReadOnly("--read-only")
	}
	return p, nil
}

// prefixed returns the words of a subject with values.
func prefixed(subject string, values []string) []string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = subject + ":" + value
	}
	return words
}

// WordError explains a word that is no permission, by the setting or flag that has it. Other errors stay as they are.
func WordError(where string, err error) error {
	var wrong *engine.WordError
	if !errors.As(err, &wrong) {
		return err
	}
	return &usage.Error{Problem: where + ": " + wrong.Problem, Hint: Hint(wrong.Hint), Err: err}
}

// Hint adds to the hint of a wrong word where all words are listed.
func Hint(hint string) string {
	const page = "`crisphost help permissions` lists the words"
	switch {
	case hint == "":
		return page
	case strings.HasSuffix(hint, "?"):
		return hint + " " + page
	default:
		return hint + "; " + page
	}
}

// wordList is a flag's list of words, which blanks and commas part.
type wordList struct {
	words []string
	given bool
}

func (l *wordList) Type() string   { return "words" }
func (l *wordList) String() string { return strings.Join(l.words, " ") }

func (l *wordList) Set(text string) error {
	l.words, l.given = append(l.words, usage.SplitWords(text)...), true
	return nil
}
