package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
)

func parse(t *testing.T, words string) *policy.Permissions {
	t.Helper()
	p, err := policy.ParsePermissions(strings.Fields(words))
	if err != nil {
		t.Fatalf("%s: %v", words, err)
	}
	return p
}

func TestWithin(t *testing.T) {
	for _, c := range []struct{ words, bound, outside string }{
		{"", "", ""},
		{"", "store", ""},
		{"store", "", "store"},
		{"store", "store", ""},
		{"store:read", "store", ""},
		{"store", "store:read store:write", ""},
		{"store", "store:read", "store"},
		{"store:write", "store:read", "store:write"},
		{"store:read", "*", "store:read"},
		{"conversations:read", "conversations", ""},
		{"conversations", "conversations:read", "conversations"},
		{"conversations", "*:read conversations:write", ""},
		{"conversations:*", "*", ""},
		{"people.segments:read", "people:read", ""},
		{"people:read", "people.segments:read", "people:read"},
		{"people:read", "conversations:read", "people:read"},
		{"operators:read", "websites.operators:read", ""},
		{"operators:read", "websites:read", ""},
		{"websites.operators:read", "operators:read", ""},
		{"websites:read", "operators:read", "websites:read"},
		{"websites:read", "websites", ""},
		{"*", "*", ""},
		{"*:read", "*", ""},
		{"*", "*:read", "*"},
		{"*", "conversations people visitors websites api", "*"},
		{"api:read", "*:read", ""},
		{"api", "api:read", "api"},
		{"api", "conversations people visitors websites", "api"},
		{"conversations", "api", "conversations"},
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
		{"store conversations:read people:read fetch:a.org", "store conversations", "people:read"},
	} {
		outside, ok := parse(t, c.words).Within(parse(t, c.bound))
		if outside != c.outside || ok != (c.outside == "") {
			t.Errorf("%q within %q: %q, %t; want %q", c.words, c.bound, outside, ok, c.outside)
		}
	}
	var none *policy.Permissions
	if _, ok := none.Within(nil); !ok {
		t.Error("no permissions are not within no bound")
	}
	if _, ok := parse(t, "* fetch:a.org").Within(nil); !ok {
		t.Error("permissions are not within no bound")
	}
	if outside, ok := none.Within(parse(t, "*")); ok || outside != "" {
		t.Error("no permissions, which are all of them, are within some")
	}
}

// TestWithinAgreesWithAllows compares what words allow with what their bound does, for every pair of groups.
func TestWithinAgreesWithAllows(t *testing.T) {
	words := []string{"*", "*:read", "*:write", "api", "api:read", "store"}
	for _, op := range spec.All() {
		group := op.Call
		for {
			i := strings.LastIndexByte(group, '.')
			if i < 0 {
				break
			}
			group = group[:i]
			words = append(words, group, group+":read", group+":write", strings.TrimPrefix(group, "websites."))
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	parsed := make([]*policy.Permissions, len(words))
	for i, word := range words {
		parsed[i] = parse(t, word)
	}
	within := 0
	for i, p := range parsed {
		for j, bound := range parsed {
			if _, ok := p.Within(bound); !ok {
				continue
			}
			within++
			for _, op := range append(spec.All(), nil) {
				effect := spec.EffectWrite
				if op != nil {
					effect = op.Effect
				}
				if p.Allows(op, effect) && !bound.Allows(op, effect) {
					t.Errorf("%s is within %s, which does not allow %v", words[i], words[j], op)
				}
			}
		}
	}
	if within <= len(words) {
		t.Errorf("%d of %d words are within another", within, len(words))
	}
}

func TestPermissionsAsText(t *testing.T) {
	p := parse(t, "store fetch:a.org conversations:read fetch:*.b.org")
	if got := p.String(); got != "store fetch:a.org conversations:read fetch:*.b.org" {
		t.Error(got)
	}
	if got := p.WithoutFetch(); got.String() != "store conversations:read" || got.Hosts() != nil || len(p.Hosts()) != 2 {
		t.Errorf("%s, and before %s", got, p)
	}
	var none *policy.Permissions
	if none.String() != "" || none.WithoutFetch() != nil {
		t.Error("no permissions have words")
	}
}
