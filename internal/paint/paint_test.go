package paint

import (
	"testing"

	"github.com/crisphost/crisphost/internal/painttest"
	"github.com/crisphost/crisphost/internal/plain"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n":                   "plain\n",
		"\x1b[31mred\x1b[0m":        "\x1b[31mred\x1b[0m",
		"\x1b[38;5;1mx\x1b[2Jy":     "\x1b[38;5;1mx\\u001b[2Jy",
		"\x1b]0;title\a":            `\u001b]0;title\u0007`,
		"\x1b":                      `\u001b`,
		"\x1b[":                     `\u001b[`,
		"a\xffb":                    "a\ufffdb",
		"tab\tline\nreturn\rbell\a": "tab\tline\nreturn\\rbell\\u0007",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestPrompt(t *testing.T) {
	for _, text := range painttest.Nasty {
		for _, r := range Prompt(text) {
			if plain.IsUnsafe(r) || r == '\u200d' {
				t.Errorf("%q leaves %U", text, r)
			}
		}
	}
}
