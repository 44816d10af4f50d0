package cldr

import (
	"slices"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct{ locale, skeleton, want string }{
		{"en", "yMMMd", "MMM d, y"},
		{"en", "yMMMMd", "MMMM d, y"},
		{"en", "yMMMMEEEEdhmm", "EEEE, MMMM d, y 'at' h:mm\u202fa"},
		{"en", "yMdHmmss", "M/d/y, HH:mm:ss"},
		{"en", "msSSS", "mm:ss.SSS"},
		{"en", "S", "S"},
		{"en", "EEEE", "cccc"},
		{"de", "yyMMdd", "dd.MM.yy"},
		{"de", "Hmm", "H:mm"},
		{"de", "HmmssSS", "H:mm:ss,SS"},
		{"fr", "yMMMMd", "d MMMM y"},
		{"es", "yMMMMd", "d' de 'MMMM' de 'y"},
		{"ja", "yMMMdEEE", "y年M月d日(EEE)"},
		{"zh-TW", "hmm", "ah:mm"},
		{"en-GB", "yMMMd", "d MMM y"},
	} {
		l, ok := Find(c.locale)
		if !ok {
			t.Fatal(c.locale)
		}
		if got := l.Data().generator().pattern(c.skeleton); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.locale, c.skeleton, got, c.want)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, pattern := range []string{"d 'de' MMMM", "h:mm a", "''", "'o''clock' h", "yyyy年", "", "H'h'"} {
		if got := untoken(tokens(pattern)); !slices.Equal(tokens(got), tokens(pattern)) {
			t.Errorf("%s: %s", pattern, got)
		}
	}
}
