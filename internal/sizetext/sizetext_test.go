package sizetext

import "testing"

func TestParseAndFormat(t *testing.T) {
	for text, want := range map[string]struct {
		n     int64
		shown string
	}{
		"64MiB": {64 << 20, "64MiB"}, "64M": {64 << 20, "64MiB"}, "64m": {64 << 20, "64MiB"}, "1GiB": {1 << 30, "1GiB"}, "1gb": {1e9, "1GB"},
		"1536MiB": {1536 << 20, "1536MiB"}, "1024MiB": {1 << 30, "1GiB"}, "5MB": {5e6, "5MB"}, "3k": {3 << 10, "3KiB"}, "7KB": {7000, "7KB"},
		"1234567B": {1234567, "1234567B"}, "8589934591GiB": {8589934591 << 30, "8589934591GiB"},
	} {
		n, ok := Parse(text)
		if !ok || n != want.n || Format(n) != want.shown {
			t.Errorf("%s is %d, %t, shown as %s; want %+v", text, n, ok, Format(n), want)
		}
		if again, ok := Parse(Format(n)); !ok || again != n {
			t.Errorf("%s is shown as %s, which is %d", text, Format(n), again)
		}
	}
	for _, text := range []string{"", "64", "MiB", "-1MiB", "0MiB", "1.5GiB", "1TiB", "1 MiB", "1MiB ", "8589934592GiB", "99999999999999999999B", "MiB1"} {
		if n, ok := Parse(text); ok {
			t.Errorf("%q is %d", text, n)
		}
	}
	if got := Format(0); got != "0B" {
		t.Error(got)
	}
}
