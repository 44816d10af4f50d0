package engine_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// testVocabulary has the words of a module with groups, of two without, and of one with values.
func testVocabulary(t *testing.T) *engine.Vocabulary {
	t.Helper()
	call := engine.Function{Name: "f", Call: nil}
	v, err := engine.NewVocabulary(
		&engine.Module{Name: "crm", Subjects: []engine.Subject{
			{Name: "people"}, {Name: "people.segments", In: []string{"people"}, Advice: "people"},
			{Name: "sites"}, {Name: "sites.operators", In: []string{"sites", "operators"}},
			{Name: "operators", In: []string{"sites", "sites.operators"}},
		}},
		&engine.Module{Name: "store", Functions: []engine.Function{call}},
		&engine.Module{Name: "billing", Modules: []*engine.Module{{Name: "inner", Functions: []engine.Function{call}}}},
		&engine.Module{Name: "free", Functions: []engine.Function{{Name: "f", Permission: engine.NoPermission}}},
		&engine.Module{Name: "env", Subjects: []engine.Subject{{Name: "env", Value: "NAME"}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parse(t *testing.T, v *engine.Vocabulary, words string) *engine.Permissions {
	t.Helper()
	p, err := v.Parse(strings.Fields(words))
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	return p
}

func TestPermissionsAllow(t *testing.T) {
	v := testVocabulary(t)
	for _, c := range []struct {
		words, subject string
		effect         engine.Effect
		allowed        bool
	}{
		{"people:read", "people", engine.Read, true},
		{"people:read", "people", engine.Write, false},
		{"people:read", "people", engine.Send, false},
		{"people:read", "people", engine.Delete, false},
		{"people:write", "people", engine.Write, true},
		{"people:write", "people", engine.Send, true},
		{"people:write", "people", engine.Delete, true},
		{"people:write", "people", engine.Read, false},
		{"people", "people", engine.Read, true},
		{"people:*", "people", engine.Delete, true},
		{"people:read people:write", "people", engine.Delete, true},
		{"people:read", "people.segments", engine.Read, true},
		{"people.segments:read", "people.segments", engine.Read, true},
		{"people.segments:read", "people", engine.Read, false},
		{"operators:read", "operators", engine.Read, true},
		{"sites.operators:read", "operators", engine.Read, true},
		{"sites:read", "operators", engine.Read, true},
		{"operators:read", "sites", engine.Read, false},
		{"billing", "billing", engine.Write, true},
		{"billing", "store", engine.Read, false},
		{"*:read", "billing", engine.Read, true},
		{"*:read", "store", engine.Write, false},
		{"*", "store", engine.Delete, true},
		{"", "store", engine.Read, false},
		{"store", "", engine.Write, true}, // a call that needs no permission
		{"store", "unknown", engine.Read, false},
	} {
		if got := parse(t, v, c.words).Allows(c.subject, c.effect, ""); got != c.allowed {
			t.Errorf("%q allows %s %s: %t", c.words, c.subject, c.effect, got)
		}
	}
	for _, c := range []struct {
		words, subject, value string
		allowed               bool
	}{
		{"env:HOME", "env", "HOME", true},
		{"env:HOME", "env", "HOM", false},
		{"*", "env", "HOME", false},
		{"fetch:*.example.com", "fetch", "api.example.com", true},
		{"fetch:*.example.com", "fetch", "example.com", false},
		{"*", "fetch", "api.example.com", false},
	} {
		if got := parse(t, v, c.words).Allows(c.subject, engine.Read, c.value); got != c.allowed {
			t.Errorf("%q allows %s:%s: %t", c.words, c.subject, c.value, got)
		}
	}
	all := v.Everything()
	if !all.Allows("store", engine.Delete, "") || all.Allows("fetch", engine.Read, "a.org") || all.Allows("env", engine.Read, "HOME") {
		t.Error("everything is all but what takes values")
	}
	var none *engine.Permissions
	if !none.Allows("store", engine.Delete, "") || !none.Allows("fetch", engine.Write, "a.org") {
		t.Error("an instance without permissions is held back")
	}
}

func TestPermissionWords(t *testing.T) {
	v := testVocabulary(t)
	for _, c := range []struct{ word, problem, hint string }{
		{"peple:read", `unknown permission "peple:read"`, "did you mean people:read?"},
		{"people:reed", `unknown effect "reed" in "people:reed"`, "write people:read, people:write, or people for both"},
		{"fetch", `"fetch" names no host`, "write fetch:HOST"},
		{"fetch:", `"fetch:" names no host`, "write fetch:HOST"},
		{"fetch:*", `"fetch:*" names no host`, "fetch:api.example.com"},
		{"fetch:a.*.org", `names no host`, "fetch:api.example.com"},
		{"fetch:https://a.org/x", `names no host`, "fetch:api.example.com"},
		{"env", `"env" names no name`, "write env:NAME"},
		{"free", `unknown permission "free"`, ""},
		{"", `unknown permission ""`, "the permissions are billing, env:NAME, fetch:HOST, people, sites, store"},
		{"peop*", `unknown permission "peop*"`, ""},
	} {
		_, err := v.Parse([]string{"people", c.word})
		var wrong *engine.WordError
		if !errors.As(err, &wrong) || wrong.Word != 1 || !strings.Contains(wrong.Problem, c.problem) || !strings.Contains(wrong.Hint, c.hint) {
			t.Errorf("%s: %#v", c.word, err)
		}
	}
	p := parse(t, v, "fetch:a.org fetch:*.b.org:81 fetch:[::1]:8080")
	if got := p.Values("fetch"); !slices.Equal(got, []string{"a.org", "*.b.org:81", "[::1]:8080"}) {
		t.Errorf("hosts %q", got)
	}
}

func TestPermissionsAreNarrowed(t *testing.T) {
	v := testVocabulary(t)
	narrow := func(change func(*engine.Permissions) (*engine.Permissions, error)) func(words string) *engine.Permissions {
		return func(words string) *engine.Permissions {
			p, err := change(parse(t, v, words))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	within := narrow(func(p *engine.Permissions) (*engine.Permissions, error) {
		return p.Within("--allow", "add --allow WORD", []string{"people", "store:read"})
	})
	without := narrow(func(p *engine.Permissions) (*engine.Permissions, error) {
		return p.Without("--deny", []string{"people:write"})
	})
	readOnly := narrow(func(p *engine.Permissions) (*engine.Permissions, error) { return p.ReadOnly("--read-only"), nil })
	with := narrow(func(p *engine.Permissions) (*engine.Permissions, error) { return p.With("fetch:a.org") })
	for _, c := range []struct {
		name    string
		p       *engine.Permissions
		call    engine.HostCall
		message string // empty is allowed
	}{
		{"within", within("*"), engine.HostCall{Permission: "people", Effect: engine.Write}, ""},
		{"within", within("*"), engine.HostCall{Permission: "store", Effect: engine.Write}, "needs the permission store:write, which --allow does not grant"},
		{"within", within("store"), engine.HostCall{Permission: "people"}, "needs the permission people:read"},
		{"within", within("people:read"), engine.HostCall{Permission: "store", Effect: engine.Write}, "needs the permission store:write"},
		{"without", without("store"), engine.HostCall{Permission: "people", Effect: engine.Write}, "needs the permission people:write, which --deny takes away"},
		{"read only", readOnly("store"), engine.HostCall{Permission: "people", Effect: engine.Write}, "refused by --read-only, because it would write"},
		{"without", without("*"), engine.HostCall{Permission: "people"}, ""},
		{"without", without("*"), engine.HostCall{Permission: "people.segments", Effect: engine.Send}, "needs the permission people:write, which --deny takes away"},
		{"without", without("*"), engine.HostCall{Permission: "store", Effect: engine.Delete}, ""},
		{"read only", readOnly("*"), engine.HostCall{Permission: "people"}, ""},
		{"read only", readOnly("*"), engine.HostCall{Permission: "people", Effect: engine.Delete}, "refused by --read-only, because it would delete"},
		{"read only", readOnly("*"), engine.HostCall{Effect: engine.Write}, "refused by --read-only, because it would write"},
		{"with", with("people"), engine.HostCall{Permission: "fetch", Value: "a.org"}, ""},
		{"with", with("people"), engine.HostCall{Permission: "fetch", Value: "b.org"}, "needs the permission fetch:b.org"},
	} {
		c.call.Name = "m.f"
		err := c.p.Check(&c.call)
		if c.message == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var host *engine.HostError
		if !errors.As(err, &host) || host.Message != c.message || host.Name != "PermissionError" || !errors.Is(err, engine.ErrPermission) {
			t.Errorf("%s: %v, want %s", c.name, err, c.message)
		}
		text, err := json.Marshal(c.p)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := v.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := decoded.Check(&c.call); err == nil || err.Error() != "m.f: "+c.message {
			t.Errorf("after a way as %s: %v", text, err)
		}
	}
	narrowed := &engine.HostError{}
	if err := within("*").Check(&engine.HostCall{Name: "m.f", Permission: "store", Effect: engine.Write}); !errors.As(err, &narrowed) || narrowed.Hint != "add --allow store:write" {
		t.Errorf("%v, hint %q", err, narrowed.Hint)
	}
	if _, err := v.Everything().Within("--allow", "", []string{"peple"}); err == nil || !errors.As(err, new(*engine.WordError)) {
		t.Errorf("a wrong word: %v", err)
	}
	var plain *engine.HostError
	const hint = "add people:read to @permissions in the script's header"
	if err := parse(t, v, "store").Check(&engine.HostCall{Name: "m.f", Permission: "people"}); !errors.As(err, &plain) || plain.Hint != hint {
		t.Errorf("%v, want the hint %q", err, hint)
	}
	advised := parse(t, v, "store").Advise(func(word string) string { return "start the shell with " + word })
	var host *engine.HostError
	if err := advised.Check(&engine.HostCall{Name: "m.f", Permission: "people"}); !errors.As(err, &host) || host.Hint != "start the shell with people:read" {
		t.Errorf("%v", err)
	}
}

func TestPermissionsTravel(t *testing.T) {
	v := testVocabulary(t)
	for _, p := range []*engine.Permissions{v.Everything(), parse(t, v, ""), parse(t, v, "people:read fetch:a.org")} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := v.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"people", "store"} {
			for _, e := range []engine.Effect{engine.Read, engine.Write} {
				if p.Allows(subject, e, "") != decoded.Allows(subject, e, "") {
					t.Errorf("%s: %s:%s differs", text, subject, e)
				}
			}
		}
	}
	if p, err := v.Decode([]byte("null")); p != nil || err != nil {
		t.Errorf("null is %v, %v", p, err)
	}
	if _, err := v.Decode([]byte(`{"words":["nope"]}`)); err == nil {
		t.Error("an unknown word is decoded")
	}
}

func TestPermissionsOutside(t *testing.T) {
	v := testVocabulary(t)
	for _, c := range []struct{ words, bound, outside string }{
		{"", "", ""},
		{"", "store", ""},
		{"store", "", "store"},
		{"store", "store", ""},
		{"store:read", "store", ""},
		{"store", "store:read store:write", ""},
		{"store", "store:read", "store"},
		{"store:write", "store:read", "store:write"},
		{"store:read", "*", ""},
		{"people", "*:read people:write", ""},
		{"people.segments:read", "people:read", ""},
		{"people:read", "people.segments:read", "people:read"},
		{"operators:read", "sites.operators:read", ""},
		{"operators:read", "sites:read", ""},
		{"sites.operators:read", "operators:read", ""},
		{"sites:read", "operators:read", "sites:read"},
		{"*", "*", ""},
		{"*:read", "*", ""},
		{"*", "*:read", "*"},
		{"*", "people sites operators store billing people.segments sites.operators", "*"},
		{"fetch:a.org", "*", "fetch:a.org"},
		{"fetch:a.org", "fetch:b.org fetch:a.org", ""},
		{"fetch:A.org.", "fetch:a.org", ""},
		{"fetch:x.a.org", "fetch:*.a.org", ""},
		{"fetch:*.x.a.org", "fetch:*.a.org", ""},
		{"fetch:*.a.org", "fetch:*.a.org", ""},
		{"fetch:a.org", "fetch:*.a.org", "fetch:a.org"},
		{"fetch:xa.org", "fetch:*.a.org", "fetch:xa.org"},
		{"fetch:*.a.org", "fetch:a.org", "fetch:*.a.org"},
		{"fetch:*.org", "fetch:*.a.org", "fetch:*.org"},
		{"fetch:a.org:8443", "fetch:a.org", "fetch:a.org:8443"},
		{"fetch:a.org", "fetch:a.org:443", "fetch:a.org"},
		{"fetch:x.a.org:81", "fetch:*.a.org:81", ""},
		{"fetch:[::1]:80", "fetch:[::1]:80", ""},
		{"store people:read billing:read fetch:a.org", "store people", "billing:read"},
	} {
		outside, ok := parse(t, v, c.bound).Outside(strings.Fields(c.words))
		if outside != c.outside || ok != (c.outside != "") {
			t.Errorf("%q outside %q: %q, %t; want %q", c.words, c.bound, outside, ok, c.outside)
		}
	}
}
