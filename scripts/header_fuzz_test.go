package scripts_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sourceline"
	"github.com/crisphost/crisphost/scripts"
)

func FuzzReadHeader(f *testing.F) {
	for _, style := range styles {
		f.Add([]byte(style.write([]string{"Report.", "@schedule 0 9 * * 1-5", "@timeout 2m", "@retries 3 fixed 1s", "@env A", "  B"})), style.language == engine.Lua)
		f.Add([]byte(style.write([]string{"@on message:send where from == 'user'", "  and  true", "@key session_id", "@throttle 1/m"})), style.language == engine.Lua)
		f.Add([]byte(style.write([]string{"@missed all within 1h", "@memory 256MiB", "@permissions a.b:c *", "@param x", "@bad"})), style.language == engine.Lua)
	}
	f.Add([]byte("/*\xff\xff\xff\xff*/ /*"), false)
	f.Fuzz(func(t *testing.T, src []byte, lua bool) {
		lang := engine.JavaScript
		if lua {
			lang = engine.Lua
		}
		h, err := scripts.ReadHeader(src, lang)
		if err != nil {
			var herr *scripts.HeaderError
			if !errors.As(err, &herr) || herr.Line < 1 || herr.Column < 1 || herr.Problem == "" {
				t.Fatalf("error without a place: %#v", err)
			}
			if !reflect.DeepEqual(h, scripts.Header{}) {
				t.Fatalf("half-applied: %+v", h)
			}
			last := engine.Position{}
			for _, e := range herr.All() {
				if n := utf8.RuneCountInString(e.SourceLine); e.Column > n+1 {
					t.Fatalf("column %d of a line of %d characters", e.Column, n)
				}
				if e.SourceLine != string([]rune(sourceline.At(src, e.Line))) {
					t.Fatalf("line %d is shown as %q", e.Line, e.SourceLine)
				}
				if e.Column < 1 || e.Line < last.Line || e.Line == last.Line && e.Column < last.Column {
					t.Fatalf("a mistake at %v behind one at %v", e.Position, last)
				}
				last = e.Position
			}
			return
		}
		at := func(pos engine.Position, text string) {
			line := []rune(sourceline.At(src, pos.Line))
			if pos.Line < 1 || pos.Column < 1 || pos.Column > len(line) || !strings.HasPrefix(string(line[pos.Column-1:]), text) {
				t.Fatalf("%q does not stand at %v", text, pos)
			}
		}
		for _, permission := range h.Permissions {
			at(permission.Position, permission.Subject)
		}
		for _, schedule := range h.Schedules {
			first, _, _ := strings.Cut(schedule.Text, " ")
			at(schedule.Position, first)
		}
		for _, on := range h.On {
			at(on.Position, on.Event)
			first, _, _ := strings.Cut(on.Where, "\n")
			if !strings.Contains(string(src), first) {
				t.Fatalf("condition %q is not in the source", on.Where)
			}
		}
		for _, tag := range h.Tags {
			at(tag.Position, "@"+tag.Name)
			if first, _, _ := strings.Cut(tag.Value, " "); !strings.Contains(string(src), first) {
				t.Fatalf("tag value %q is not in the source", tag.Value)
			}
		}
		again, err := scripts.ReadHeader(src, lang)
		if err != nil || !reflect.DeepEqual(h, again) {
			t.Fatalf("second reading differs: %+v, %v", again, err)
		}
	})
}
