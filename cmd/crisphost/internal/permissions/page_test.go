package permissions

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
)

// TestPage compares the words of the page with those of the engine.
func TestPage(t *testing.T) {
	eng, err := source.Engine()
	if err != nil {
		t.Fatal(err)
	}
	page := Page(eng.Vocabulary())
	_, words, _ := strings.Cut(page, "\nWords\n")
	words, _, _ = strings.Cut(words, "\n\n")
	var listed []string
	line := regexp.MustCompile(`^  ([a-z_.]+)(:[A-Z]+)?  +\S`)
	for text := range strings.Lines(words) {
		m := line.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no word: %q", text)
		}
		listed = append(listed, m[1]+m[2])
	}
	var want []string
	for _, s := range eng.Vocabulary().Subjects() {
		word := s.Name
		if s.Value != "" {
			word += ":" + s.Value
		}
		want = append(want, word)
	}
	if !slices.Equal(listed, want) {
		t.Errorf("the page lists\n%q\nand the vocabulary has\n%q", listed, want)
	}
	for _, word := range []string{"conversations", "people.segments", "store", "files", "api", "fetch:HOST", "env:NAME"} {
		if !slices.Contains(listed, word) {
			t.Errorf("%s is not listed", word)
		}
	}
	for text := range strings.Lines(pageTop + pageEnd) {
		if len(text) > 121 {
			t.Errorf("%d columns: %s", len(text)-1, text)
		}
	}
}
