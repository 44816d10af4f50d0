package sourceline_test

import (
	"testing"

	"github.com/crisphost/crisphost/internal/sourceline"
)

func TestAt(t *testing.T) {
	code := []byte("one\r\ntwo\n\nfour")
	for number, want := range map[int]string{-1: "", 0: "", 1: "one", 2: "two", 3: "", 4: "four", 5: ""} {
		if got := sourceline.At(code, number); got != want {
			t.Errorf("line %d is %q, want %q", number, got, want)
		}
	}
	old := []byte("\ufeffone\rtwo\r\rfour\r\n")
	for number, want := range map[int]string{1: "one", 2: "two", 3: "", 4: "four", 5: "", 6: ""} {
		if got := sourceline.At(old, number); got != want {
			t.Errorf("line %d is %q, want %q", number, got, want)
		}
	}
}
