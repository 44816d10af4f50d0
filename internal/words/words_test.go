package words

import "testing"

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n    int
		noun string
		want string
	}{
		{0, "run", "0 runs"}, {1, "run", "1 run"}, {2, "run", "2 runs"}, {-1, "run", "-1 runs"},
		{1, "entry", "1 entry"}, {3, "entry", "3 entries"}, {2, "API call", "2 API calls"}, {2, "day", "2 days"},
	} {
		if got := Count(c.n, c.noun); got != c.want {
			t.Errorf("Count(%d, %q) = %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -999: "-999", -1000: "-1,000", 1234567: "1,234,567"} {
		if got := Grouped(n, ","); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{
		"crisp.people.get_meta": "crisp.people.getMeta", "list": "list", "website_id": "websiteId", "a_b_c": "aBC", "_x": "_x", "_x_y": "_xY", "x_": "x", "sélection_é": "sélectionÉ",
		"sha_256": "sha256", "a__b": "aB", "": "",
	} {
		if got := Camel(name); got != want {
			t.Errorf("Camel(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestIndent(t *testing.T) {
	if got, want := Indent("a\n\n b\n", "  "), "  a\n\n   b\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
