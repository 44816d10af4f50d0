package spec_test

import (
	"bufio"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

// TestCoverage compares the table with the list of routes that it promises, and the script names of each.
func TestCoverage(t *testing.T) {
	file, err := os.Open("testdata/calls.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var promised []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		id, call, _ := strings.Cut(lines.Text(), "\t")
		promised = append(promised, id)
		op := spec.ByID(id)
		if op == nil {
			t.Errorf("%s is missing", id)
			continue
		}
		if main, alternate := strings.CutPrefix(call, "alternate of "); alternate {
			if op.Call != "" || op.AlternateOf != main {
				t.Errorf("%s: call %q, alternate of %q; want none, alternate of %q", id, op.Call, op.AlternateOf, main)
			}
			continue
		}
		if op.Call != call || spec.ByCall(call) != op {
			t.Errorf("%s: call %q, want %q", id, op.Call, call)
		}
	}
	if len(promised) != 130 {
		t.Errorf("the list has %d routes, want 130", len(promised))
	}
	for _, op := range spec.All() {
		if !slices.Contains(promised, op.ID) {
			t.Errorf("%s is not in testdata/calls.tsv", op.ID)
		}
	}
}

func TestLookupOfUnknownNames(t *testing.T) {
	for _, name := range []string{"", "zzz", "aaa", "website.conversations.lis", "conversations.list.x"} {
		if op := spec.ByID(name); op != nil {
			t.Errorf("ByID(%q) = %s", name, op.ID)
		}
		if op := spec.ByCall(name); op != nil {
			t.Errorf("ByCall(%q) = %s", name, op.ID)
		}
	}
}

// TestTableIsWhole checks on every operation what callers rely on.
func TestTableIsWhole(t *testing.T) {
	groups := []string{"websites", "conversations", "people", "visitors", "plugins", "uploads", "media"}
	for _, op := range spec.All() {
		if !slices.Contains(groups, op.Group()) {
			t.Errorf("%s: group %q", op.ID, op.Group())
		}
		if op.Summary == "" || op.Tiers == 0 || op.Status < 200 || op.Status > 202 {
			t.Errorf("%s: summary %q, tiers %d, status %d", op.ID, op.Summary, op.Tiers, op.Status)
		}
		if !strings.HasPrefix(op.DocsURL, "https://docs.crisp.chat/references/rest-api/v1/#") {
			t.Errorf("%s: docs at %q", op.ID, op.DocsURL)
		}
		if (op.Method == "HEAD") != (op.Reason == "") {
			t.Errorf("%s: %s has reason %q", op.ID, op.Method, op.Reason)
		}
		if op.Method == "GET" && (op.Result == nil && len(op.Events) == 0 || op.Effect != spec.EffectRead) {
			t.Errorf("%s: a GET without a result or with effect %s", op.ID, op.Effect)
		}
		if op.Pages == spec.PagesNumber && (op.Param("page_number") == nil || op.Result.Kind != spec.KindArray) {
			t.Errorf("%s: numbered pages without page_number or a list", op.ID)
		}
		if op.Pages == spec.PagesBefore && op.Param("timestamp_before") == nil {
			t.Errorf("%s: pages by time without timestamp_before", op.ID)
		}
		var path []string
		for _, p := range op.Params {
			if p.Doc == "" || p.Schema == nil {
				t.Errorf("%s: %s has no doc or schema", op.ID, p.Name)
			}
			if p.In == spec.InPath {
				path = append(path, "{"+p.Name+"}")
			}
		}
		if want := templateNames(op.Path); !slices.Equal(path, want) {
			t.Errorf("%s: path parameters %v, want %v", op.ID, path, want)
		}
	}
}

func templateNames(path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, part)
		}
	}
	return names
}

func TestMatchRoundTrip(t *testing.T) {
	for _, op := range spec.All() {
		want := map[string]string{}
		path := op.Path
		for _, p := range op.Params {
			if p.In == spec.InPath {
				want[p.Name] = "a/b " + p.Name + "%ü@x"
				path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(want[p.Name]), 1)
			}
		}
		for _, form := range []string{path, strings.TrimPrefix(path, "/")} {
			got, params, allowed := spec.Match(op.Method, form)
			if got != op || allowed != nil {
				t.Errorf("Match(%s, %s) = %v, %v", op.Method, form, got, allowed)
				continue
			}
			for name, value := range want {
				if params[name] != value {
					t.Errorf("%s: %s = %q, want %q", op.ID, name, params[name], value)
				}
			}
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		method, path string
		id           string
		allowed      []string
	}{
		{"GET", "/website/w/people/profile/a%40b.c", "website.people.profile.get", nil},
		{"GET", "/website/w/conversations/1", "website.conversations.list", nil},
		{"PUT", "/website/w/conversations/1", "", []string{"GET"}},
		{"get", "/website/w/conversations/1", "", []string{"GET"}},
		{"PATCH", "/website/w/people/profile/p", "website.people.profile.update", nil},
		{"POST", "/website/w/people/profile/p", "", []string{"DELETE", "GET", "HEAD", "PATCH", "PUT"}},
		{"GET", "/website/w/%63onversations/1", "website.conversations.list", nil},
		{"GET", "/website/w/conversations", "", nil},
		{"GET", "/website/w/conversations/", "", nil},
		{"GET", "/website//conversations/1", "", nil},
		{"GET", "/website/../conversations/1", "", nil},
		{"GET", "/website/%2e%2E/conversations/1", "", nil},
		{"GET", "//website/w", "", nil},
		{"GET", "/website/%zz", "", nil},
		{"GET", "", "", nil},
		{"GET", "/", "", nil},
	}
	for _, test := range tests {
		op, _, allowed := spec.Match(test.method, test.path)
		var id string
		if op != nil {
			id = op.ID
		}
		if id != test.id || !slices.Equal(allowed, test.allowed) {
			t.Errorf("Match(%s, %s) = %q, %v; want %q, %v", test.method, test.path, id, allowed, test.id, test.allowed)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, op := range spec.All() {
		f.Add(op.Method, op.Path)
	}
	f.Add("GET", "/website/%2F/conversations/%31")
	f.Fuzz(func(t *testing.T, method, path string) {
		op, params, allowed := spec.Match(method, path)
		if op == nil {
			if params != nil || slices.Contains(allowed, method) {
				t.Fatalf("no operation, but params %v, allowed %v", params, allowed)
			}
			for _, other := range []string{"HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"} {
				if op, _, _ := spec.Match(other, path); (op != nil) != slices.Contains(allowed, other) {
					t.Fatalf("%s matches %v, allowed %v", other, op, allowed)
				}
			}
			return
		}
		built := op.Path
		for name, value := range params {
			if value == "" || value == "." || value == ".." {
				t.Fatalf("%s = %q", name, value)
			}
			built = strings.Replace(built, "{"+name+"}", strings.ReplaceAll(url.PathEscape(value), "{", "%7B"), 1)
		}
		if again, _, _ := spec.Match(method, built); again != op {
			t.Fatalf("%s matches %s, but rebuilt as %s it does not", path, op.ID, built)
		}
	})
}
