package bindings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

func vocabulary(t *testing.T) *engine.Vocabulary {
	t.Helper()
	v, err := engine.NewVocabulary(bindings.List()...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func effectOf(t *testing.T, e spec.Effect) engine.Effect {
	t.Helper()
	effect, err := engine.ParseEffect(e.String())
	if err != nil {
		t.Fatal(err)
	}
	return effect
}

func TestCrispPermissions(t *testing.T) {
	v := vocabulary(t)
	for _, c := range []struct {
		words, call string
		allowed     bool
	}{
		{"conversations:read", "conversations.list", true},
		{"conversations:read", "conversations.messages.list", true},
		{"conversations:read", "conversations.messages.send", false},
		{"conversations:read", "people.list", false},
		{"conversations:write", "conversations.messages.send", true},
		{"conversations:write", "conversations.delete", true},
		{"conversations:write", "conversations.list", false},
		{"conversations", "conversations.list", true},
		{"conversations", "conversations.delete", true},
		{"people:*", "people.delete", true},
		{"people.segments:read", "people.segments.list", true},
		{"people.segments:read", "people.list", false},
		{"operators:read", "websites.operators.list", true},
		{"websites.operators:read", "websites.operators.list", true},
		{"websites:read", "websites.operators.list", true},
		{"operators:read", "websites.get", false},
		{"*:read", "visitors.list", true},
		{"*:read", "conversations.delete", false},
		{"*", "conversations.delete", true},
		{"store fetch:x.org", "conversations.list", false},
		{"", "conversations.list", false},
	} {
		p, err := v.Parse(strings.Fields(c.words))
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
			continue
		}
		op := spec.ByCall(c.call)
		if op == nil {
			t.Errorf("there is no call %s", c.call)
			continue
		}
		if got := p.Allows(bindings.Subject(op), effectOf(t, op.Effect), ""); got != c.allowed {
			t.Errorf("%q allows %s: %t", c.words, c.call, got)
		}
	}
}

// TestEveryOperationHasPermission has every operation, those without a call too: the word that an error recommends allows it.
func TestEveryOperationHasPermission(t *testing.T) {
	v := vocabulary(t)
	none, err := v.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range append(spec.All(), nil) {
		call := &engine.HostCall{Name: "crisp.x", Permission: bindings.Subject(op)}
		if op != nil {
			call.Effect = effectOf(t, op.Effect)
		}
		var failure *engine.HostError
		if !errors.As(none.Check(call), &failure) {
			t.Errorf("%v is allowed without permissions", op)
			continue
		}
		word, _ := strings.CutPrefix(failure.Message, "needs the permission ")
		p, err := v.Parse([]string{word})
		if err != nil || p.Check(call) != nil {
			t.Errorf("%v: %s, %v", op, word, err)
		}
	}
}

// TestEveryCallHasEffect compares what the modules say with the description.
func TestEveryCallHasEffect(t *testing.T) {
	var walk func(prefix string, m *engine.Module)
	checked := 0
	walk = func(prefix string, m *engine.Module) {
		for i := range m.Functions {
			f := &m.Functions[i]
			if op := spec.ByCall(prefix + f.Name); op != nil {
				checked++
				if f.Effect != effectOf(t, op.Effect) || f.Permission != bindings.Subject(op) || f.Bind == nil {
					t.Errorf("%s%s: %s %s", prefix, f.Name, f.Effect, f.Permission)
				}
			}
		}
		for _, sub := range m.Modules {
			walk(prefix+sub.Name+".", sub)
		}
	}
	walk("", bindings.List()[0])
	if calls := len(bindings.Calls()); checked < 100 {
		t.Errorf("%d of %d calls were checked", checked, calls)
	}
	words := strings.Join(vocabulary(t).Words(), " ")
	if words != "api conversations env:NAME events fetch:HOST files media people plugins store uploads visitors websites" {
		t.Errorf("the words are %s", words)
	}
}

// TestOutsideAgreesWithAllows compares what words allow with what their bound does, for every pair of groups.
func TestOutsideAgreesWithAllows(t *testing.T) {
	v := vocabulary(t)
	words := []string{"*", "*:read", "*:write", "store", "files:read"}
	for _, s := range v.Subjects() {
		if s.Value == "" {
			words = append(words, s.Name, s.Name+":read", s.Name+":write")
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	type call struct {
		subject string
		effect  engine.Effect
	}
	var calls []call
	for _, op := range append(spec.All(), nil) {
		c := call{subject: bindings.Subject(op), effect: engine.Write}
		if op != nil {
			c.effect = effectOf(t, op.Effect)
		}
		if !slices.Contains(calls, c) {
			calls = append(calls, c)
		}
	}
	parsed := make([]*engine.Permissions, len(words))
	for i, word := range words {
		var err error
		if parsed[i], err = v.Parse([]string{word}); err != nil {
			t.Fatal(err)
		}
	}
	within := 0
	for i, p := range parsed {
		for j, bound := range parsed {
			if _, outside := bound.Outside(words[i : i+1]); outside {
				continue
			}
			within++
			for _, c := range calls {
				if p.Allows(c.subject, c.effect, "") && !bound.Allows(c.subject, c.effect, "") {
					t.Errorf("%s is within %s, which does not allow %s %s", words[i], words[j], c.subject, c.effect)
				}
			}
		}
	}
	if within <= len(words) {
		t.Errorf("%d of %d words are within another", within, len(words))
	}
}
