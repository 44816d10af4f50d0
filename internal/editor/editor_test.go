package editor

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`a b`, `a|b`}, {`  a   b `, `a|b`}, {`'a b' "c d"e`, `a b|c de`}, {`a\ b`, `a b`}, {`"a\"b"`, `a"b`}, {`''`, ``}, {`'\'`, `\`},
	} {
		words, err := Words(c.text)
		if got := strings.Join(words, "|"); err != nil || got != c.want {
			t.Errorf("%s: %q %v", c.text, got, err)
		}
	}
	for _, text := range []string{"", "  ", "'a"} {
		if words, err := Words(text); err == nil {
			t.Errorf("%q: %q", text, words)
		}
	}
}
