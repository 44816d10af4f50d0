package scripts_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts"
)

// writeSlowly writes a file in pieces with pauses between them that are longer than the debounce.
func (l *library) writeSlowly(name string, pieces []string, reopen bool) {
	l.t.Helper()
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	f, err := os.OpenFile(l.path(name), flags, 0o644)
	l.must(err)
	for i, piece := range pieces {
		if i > 0 {
			time.Sleep(300 * time.Millisecond)
		}
		if reopen && i > 0 {
			l.must(f.Close())
			f, err = os.OpenFile(l.path(name), os.O_WRONLY|os.O_APPEND, 0)
			l.must(err)
		}
		_, err := f.WriteString(piece)
		l.must(err)
	}
	l.must(f.Close())
}

// versions collects what a script was made of, until the library is closed.
func (l *library) versions(script string) func() []string {
	_, changes := l.Subscribe(l.t.Context())
	done := make(chan []string, 1)
	go func() {
		var list []string
		for c := range changes {
			if c.After != nil && c.After.Name == script && c.After.Version != "" {
				list = append(list, string(c.After.Files[c.After.Entry]))
			}
		}
		done <- list
	}()
	return func() []string {
		l.t.Helper()
		l.must(l.Close())
		return <-done
	}
}

var pieces = []string{"-- @permissions store\n", "print(1)\n", "print(2)\n", "print(3)\n"}

// TestHalfAFileOfSomebodyElseIsNotRead has a writer that keeps the file open, where the system grants no lease on it.
func TestHalfAFileOfSomebodyElseIsNotRead(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells that a file was closed")
	}
	l := openLibrary(t, map[string]string{"a.lua": "print(0)", "other.lua": "print(0)"}, scripts.RefuseLeases)
	l.untilFile("a", "a.lua", "print(0)") // what was there at the start is read when it has settled
	versions := l.versions("a")
	l.writeSlowly("a.lua", pieces, false)
	whole := strings.Join(pieces, "")
	closed := time.Now()
	l.untilFile("a", "a.lua", whole)
	t.Logf("read %s after it was closed", time.Since(closed))
	if list := versions(); len(list) != 1 || list[0] != whole {
		t.Errorf("versions %q, want the whole file alone", list)
	}
}

// TestAPieceOfTheVersionBeforeWaits has a writer that opens the file again for each piece.
func TestAPieceOfTheVersionBeforeWaits(t *testing.T) {
	whole := strings.Join(pieces, "")
	for name, written := range map[string][]string{
		"the same text": append(pieces[:len(pieces):len(pieces)], "print(4)\n"),
		"another text":  {"-- Another text.\n", "-- @permissions store\n", "print(5)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLibrary(t, map[string]string{"a.lua": whole})
			versions := l.versions("a")
			l.writeSlowly("a.lua", written, true)
			l.untilFile("a", "a.lua", strings.Join(written, ""))
			for _, version := range versions() {
				if !strings.Contains(version, "@permissions") || len(version) < len(whole) && strings.HasPrefix(whole, version) {
					t.Errorf("%q was read", version)
				}
			}
		})
	}
}

// TestLosingPermissionsTakesALittleLonger has somebody who means it.
func TestLosingPermissionsTakesALittleLonger(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "-- @permissions store\nprint(1)"})
	l.write("a.lua", "print(1)")
	l.untilFile("a", "a.lua", "print(1)")
}
