package crisp

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

func TestExpandPath(t *testing.T) {
	for _, tc := range []struct{ value, want string }{
		{"w1", "website/w1/x"},
		{"a/b", "website/a%2Fb/x"},
		{"a?b#c", "website/a%3Fb%23c/x"},
		{"100%", "website/100%25/x"},
		{"%41", "website/%2541/x"},
		{"é\x00\n", "website/%C3%A9%00%0A/x"},
		{"...", "website/.../x"},
		{"a@b.c", "website/a@b.c/x"},
		{"{thing_id}", "website/%7Bthing_id%7D/x"},
		{"a+b&c=d;e", "website/a+b&c=d%3Be/x"},
	} {
		got, err := expandPath("/website/{website_id}/x", map[string]string{"website_id": tc.value})
		if err != nil || got != tc.want {
			t.Errorf("%q: %q, %v; want %q", tc.value, got, err, tc.want)
		}
	}
}

// Whatever the values are, a server that reads the path finds the operation and the values again.
func TestEveryOperationIsFoundAgain(t *testing.T) {
	client := fuzzClient(t)
	for _, op := range spec.All() {
		path, query := map[string]string{}, url.Values{}
		for i, p := range op.Params {
			if p.In == spec.InPath {
				path[p.Name] = fmt.Sprintf("%d/ ?#%%2e+é@%s", i, p.Name)
			} else if p.Required {
				query.Set(p.Name, "x")
			}
		}
		x, err := client.prepare(op, &Request{Path: path, Query: query, Body: map[string]any{}})
		if err != nil {
			t.Errorf("%s: %v", op.ID, err)
			continue
		}
		escaped := strings.TrimPrefix(below(t, x.url).EscapedPath(), "/api/v1")
		if found, params, _ := spec.Match(op.Method, escaped); found != op || !maps.Equal(params, path) {
			t.Errorf("%s: %s %s is found as %v with %q", op.ID, op.Method, escaped, found, params)
		}
	}
}

const fuzzBase = "https://api.example.com/api/v1/"

// below checks that a built address is on the base's server, below its path, and stays there for a server that decodes
// the path once more than it should.
func below(t *testing.T, address string) *url.URL {
	t.Helper()
	base, _ := url.Parse(fuzzBase)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%q cannot be read: %v", address, err)
	}
	if !sameOrigin(u, base) || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.EscapedPath(), base.Path) {
		t.Fatalf("%q is not below the base", address)
	}
	for path := u.EscapedPath(); ; {
		clean, err := url.JoinPath("/", strings.ReplaceAll(path, `\`, "/"))
		if err == nil && !strings.HasPrefix(clean, base.Path) {
			t.Fatalf("%q leaves the base as %q", address, clean)
		}
		decoded, err := url.PathUnescape(path)
		if err != nil || decoded == path {
			return u
		}
		path = decoded
	}
}

func fuzzClient(t testing.TB) *Client {
	client, err := New(WithBaseURL(fuzzBase))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// FuzzPathValue: any value of a parameter is refused or stays one segment of the path.
func FuzzPathValue(f *testing.F) {
	client := fuzzClient(f)
	f.Fuzz(func(t *testing.T, website, id, query string) {
		x, err := client.prepare(getOp, &Request{
			Path:  map[string]string{"website_id": website, "thing_id": id},
			Query: url.Values{"q": {query}},
		})
		if err != nil {
			return
		}
		u := below(t, x.url)
		segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/api/v1/"), "/")
		if len(segments) != 4 || segments[0] != "website" || segments[2] != "thing" {
			t.Fatalf("%q and %q give %q", website, id, x.url)
		}
		for i, want := range map[int]string{1: website, 3: id} {
			if got, err := url.PathUnescape(segments[i]); err != nil || got != want {
				t.Fatalf("%q arrives as %q", want, got)
			}
		}
		if got := u.Query()["q"]; len(got) != 1 || got[0] != query {
			t.Fatalf("query %q arrives as %q", query, got)
		}
	})
}

// FuzzCallPath: any path of a raw call is refused or stays below the base.
func FuzzCallPath(f *testing.F) {
	client := fuzzClient(f)
	f.Fuzz(func(t *testing.T, path string) {
		x, err := client.prepareRaw("GET", path, nil)
		if err != nil {
			return
		}
		u := below(t, x.url)
		if strings.Contains(u.EscapedPath(), "//") {
			t.Fatalf("%q has an empty segment", x.url)
		}
	})
}

// Only the path decides where a call goes.
func TestAddressesInAQueryOfARawPath(t *testing.T) {
	path, query, err := cleanPath("website/w1/visitors?url=https://shop.example//a/../b")
	if err != nil || path != "website/w1/visitors" || query.Get("url") != "https://shop.example//a/../b" {
		t.Errorf("%q, %v, %v", path, query, err)
	}
	for _, path := range []string{"https://other.example/?a=b", "//other.example?x", "website/https://other.example", "website/a#b?c", "website?a=#b"} {
		if got, _, err := cleanPath(path); err == nil {
			t.Errorf("%s became %q", path, got)
		}
	}
}
