package valuepath_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/valuepath"
)

func TestCut(t *testing.T) {
	if short := "argument 1.content[3]"; valuepath.Cut(short) != short {
		t.Errorf("%q is %q", short, valuepath.Cut(short))
	}
	for _, item := range []string{"[1]", "é", "漢"} {
		got := valuepath.Cut("argument 1" + strings.Repeat(item, 1000) + ".end")
		if !strings.HasPrefix(got, "argument 1"+item) || !strings.Contains(got, "…") || !strings.HasSuffix(got, item+".end") ||
			len(got) > 130 || !utf8.ValidString(got) {
			t.Errorf("the path of many %q is %q", item, got)
		}
	}
}
