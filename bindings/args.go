package bindings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// argumentError is a wrong argument of a call: the call, the parameter, and what it takes.
func argumentError(call, param, problem, hint string) error {
	message, param := problem, valuepath.Cut(param)
	switch {
	case strings.HasPrefix(problem, "is not UTF-8"):
		hint = "string.sub counts bytes and may cut a letter in two: s:sub(1, utf8.offset(s, n + 1) - 1) has the first n letters"
	case lostDigits.MatchString(problem):
		hint = hintDigits
	}
	if param != "" {
		message = param + " " + problem
	}
	return &engine.HostError{
		Name:    "TypeError",
		Call:    call,
		Message: message,
		Hint:    hint,
		Fields:  []engine.Constant{{Name: "param", Value: param}},
	}
}

// lostDigits matches the text of a number that Lua has cut to 14 digits, such as that of a message's fingerprint.
var lostDigits = regexp.MustCompile(`\d\.\d{11,13}e\+1[4-9]`)

const hintDigits = `Lua writes 14 digits of a number as text: pass the number itself, or string.format("%d", n)`

// arguments reads the arguments of a hand-written function. The first error sticks; err tells it.
type arguments struct {
	call    string
	args    []any
	options map[string]any
	known   []string
	err     error
}

func newArguments(call string, args []any) *arguments {
	return &arguments{call: call, args: args}
}

func (a *arguments) fail(param, problem, hint string) {
	if a.err == nil {
		a.err = argumentError(a.call, param, problem, hint)
	}
}

func (a *arguments) at(i int) any {
	if i < len(a.args) {
		return a.args[i]
	}
	return nil
}

// text is a required string.
func (a *arguments) text(i int, name string) string {
	switch v := a.at(i).(type) {
	case string:
		return v
	case []byte:
		return string(v)
	default:
		a.fail(name, "takes a string, not "+describe(v), "")
		return ""
	}
}

// table starts the options table at position i, which may be missing.
func (a *arguments) table(i int) {
	a.max(i + 1)
	switch v := a.at(i).(type) {
	case nil:
	case map[string]any:
		a.options = v
	case engine.Record:
		a.options = make(map[string]any, len(v))
		for _, f := range v {
			a.options[f.Name] = f.Value
		}
	default:
		a.fail("options", "takes an object { ... }, not "+describe(v), "")
	}
}

// max refuses more than n arguments.
func (a *arguments) max(n int) {
	if len(a.args) > n {
		takes := "takes " + countOf(n, "argument")
		if n > 0 {
			takes += " at most"
		}
		a.fail("", fmt.Sprintf("%s, not %d", takes, len(a.args)), "")
	}
}

func (a *arguments) option(name string) any {
	a.known = append(a.known, name)
	return a.options[name]
}

func (a *arguments) optionText(name, fallback string, allowed ...string) string {
	v := a.option(name)
	text, ok := v.(string)
	switch {
	case v == nil:
		return fallback
	case !ok:
		a.fail(name, "takes a string, not "+describe(v), "")
	case len(allowed) > 0 && !slices.Contains(allowed, text):
		a.fail(name, fmt.Sprintf("takes one of %s, not %q", quoteAll(allowed), text), "")
	}
	return text
}

func (a *arguments) optionBool(name string, fallback bool) bool {
	v := a.option(name)
	switch v := v.(type) {
	case nil:
		return fallback
	case bool:
		return v
	default:
		a.fail(name, "takes true or false, not "+describe(v), "")
		return false
	}
}

// optionDuration returns a duration above 0, or 0 if the option was not given.
func (a *arguments) optionDuration(name string) time.Duration {
	v := a.option(name)
	if v == nil {
		return 0
	}
	one := newArguments(a.call, []any{v})
	d := one.duration(0, name)
	switch {
	case one.err != nil && a.err == nil:
		a.err = one.err
	case d < time.Millisecond:
		a.fail(name, "takes a duration above 0", "")
	}
	return d
}

// done reports the first error, unknown options included.
func (a *arguments) done() error {
	for _, name := range slices.Sorted(maps.Keys(a.options)) {
		if !slices.Contains(a.known, name) {
			problem, hint := unknownOption(name, a.known)
			a.fail("", problem, hint)
		}
	}
	return a.err
}

func unknownOption(name string, known []string) (problem, hint string) {
	problem = fmt.Sprintf("has no option %q", name)
	if near := nearest.To(name, known); near != "" {
		return problem, fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return problem, "it takes no options"
	}
	return problem, "it takes " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}

// countOf is a number of things in words.
func countOf(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "one " + thing
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}

// describe names a script's value in an error message.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case bool:
		return fmt.Sprint(v)
	case string:
		const limit = 40
		if runes := []rune(v[:min(len(v), utf8.UTFMax*(limit+1))]); len(runes) > limit {
			v = string(runes[:limit]) + "…"
		}
		return fmt.Sprintf("the string %q", v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "an array"
	case map[string]any, engine.Record:
		return "an object"
	case time.Time:
		return "a date"
	case []byte:
		return "bytes"
	default:
		return "a host value"
	}
}
