package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// extensions reads the x-crisp-* members of an element and remembers the first error, so that a misspelt or misplaced
// one stops the generator.
type extensions struct {
	where  string
	values map[string]any
	used   map[string]bool
	err    error
}

func extensionsOf(where string, values map[string]any) *extensions {
	return &extensions{where: where, values: values, used: map[string]bool{}}
}

func (x *extensions) get(name string) any {
	x.used[name] = true
	return x.values[name]
}

func (x *extensions) text(name string) string {
	v := x.get(name)
	if v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok || s == "" {
		x.fail("%s is not text", name)
	}
	return s
}

func (x *extensions) list(name string) []string {
	v := x.get(name)
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok || len(items) == 0 {
		x.fail("%s is not a list", name)
	}
	var list []string
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			x.fail("%s has an item that is not text", name)
		}
		list = append(list, s)
	}
	return list
}

// tiers reads x-crisp-tiers.
func (x *extensions) tiers() spec.Tiers {
	var tiers spec.Tiers
	for _, word := range x.list("x-crisp-tiers") {
		if tierWords[word] == 0 {
			x.fail("unknown tier %q", word)
		}
		tiers |= tierWords[word]
	}
	return tiers
}

// guess checks x-crisp-guess: a reason, or reasons by the fact that is guessed.
func (x *extensions) guess(facts ...string) {
	switch v := x.get("x-crisp-guess").(type) {
	case nil:
	case string:
		if len(facts) > 0 || strings.TrimSpace(v) == "" {
			x.fail("x-crisp-guess must give a reason by fact: %s", strings.Join(facts, ", "))
		}
	case map[string]any:
		for fact, reason := range v {
			if text, ok := reason.(string); !ok || strings.TrimSpace(text) == "" {
				x.fail("x-crisp-guess has no reason for %s", fact)
			}
			if !slices.Contains(facts, fact) {
				x.fail("x-crisp-guess names %s, which is none of: %s", fact, strings.Join(facts, ", "))
			}
		}
	default:
		x.fail("x-crisp-guess is neither a reason nor reasons by fact")
	}
}

// source checks x-crisp-source: letters of the sources that README.md explains.
func (x *extensions) source(required bool) {
	text := x.text("x-crisp-source")
	if text == "" && required {
		x.fail("x-crisp-source is missing")
	}
	for _, letter := range strings.Fields(text) {
		if len(letter) != 1 || !strings.Contains("CDPMITRL", letter) {
			x.fail("x-crisp-source has %q, which is no source", letter)
		}
	}
}

// done returns the first error, counting what nobody has read as one.
func (x *extensions) done() error {
	for name := range x.values {
		if strings.HasPrefix(name, "x-") && !x.used[name] {
			x.fail("%s is unknown here", name)
		}
	}
	return x.err
}

func (x *extensions) fail(format string, args ...any) {
	if x.err == nil {
		x.err = fmt.Errorf("%s: %s", x.where, fmt.Sprintf(format, args...))
	}
}
