package regexps

import (
	"regexp"
	"strings"
	"testing"
)

func TestSingle(t *testing.T) {
	texts := []string{"", "Crème Brûlée 東京!", "a-b_c.d", "東", "-東-", "xX\u0301y", "\U0001f600 a \U00020000", "\u2028\r\n é"}
	for _, c := range []struct{ pattern, goPattern string }{
		{`[^\p{L}\p{N}]+`, `[^\p{L}\p{N}]+`}, {`\p{Lu}`, `\p{Lu}`}, {`\P{L}+`, `\P{L}+`}, {`[\p{Script=Han}x-z]`, `[\p{Han}x-z]`}, {`[a-cé\-\u{1f600}]+`, `[a-cé\-\x{1f600}]+`},
		{`[\p{L}\p{Lu}]`, `[\p{L}\p{Lu}]`}, {`[-a]`, `[-a]`}, {`[a-]+`, `[a-]+`},
	} {
		single, ok := ParseSingle(c.pattern, "gu")
		if !ok {
			t.Errorf("%s is not read", c.pattern)
			continue
		}
		for _, text := range texts {
			for _, with := range []string{"", "<>"} {
				if got, want := single.Replace(text, with), regexp.MustCompile(c.goPattern).ReplaceAllLiteralString(text, with); got != want {
					t.Errorf("/%s/ in %q by %q: got %q, want %q", c.pattern, text, with, got, want)
				}
			}
		}
	}
}

// TestSingleRefuses has patterns that are more than a class, or that take the flags into account.
func TestSingleRefuses(t *testing.T) {
	for _, c := range []struct{ pattern, flags string }{
		{`\p{L}`, "u"}, {`\p{L}`, "gui"}, {`\p{L}`, "guy"}, {`\p{L}`, "g"}, {`\p{L}*`, "gu"}, {`\p{L}+?`, "gu"}, {`\p{L}{2}`, "gu"}, {`a\p{L}`, "gu"}, {`[\p{L}\d]`, "gu"},
		{`[\p{L}\b]`, "gu"}, {`[a][b]`, "gu"}, {`[a]|[b]`, "gu"}, {`([a])`, "gu"}, {`[b-a]`, "gu"}, {``, "gu"}, {`[`, "gu"}, {`[\`, "gu"}, {`[\u{110000}]`, "gu"}, {`\p{Nope}`, "gu"},
		{`[\u0041]`, "gu"}, {`[a-\d]`, "gu"}, {`[a\]`, "gu"},
	} {
		if single, ok := ParseSingle(c.pattern, c.flags); ok {
			t.Errorf("/%s/%s is read as %v", c.pattern, c.flags, single)
		}
	}
}

func BenchmarkSingle(b *testing.B) {
	text := strings.Repeat("Crème Brûlée 東京 — Привет, мир! ", 20_000)
	single, _ := ParseSingle(`[^\p{L}\p{N}]+`, "gu")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		single.Replace(text, "-")
	}
}
