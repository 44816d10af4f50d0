package scripts_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// hanging compiles as an engine does, but for sources with the word "hang", which end with their contexts, and counts what it compiles.
type hanging struct {
	engine *engine.Engine
	mu     sync.Mutex
	tried  map[string]int
}

func (h *hanging) compile(ctx context.Context, src engine.Source) (map[string][]byte, error) {
	h.mu.Lock()
	h.tried[src.Name]++
	h.mu.Unlock()
	if strings.Contains(string(src.Code), "hang") {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	p, err := h.engine.Compile(ctx, src)
	if err != nil {
		return nil, err
	}
	return p.(engine.Bundled).Files(), nil
}

func (h *hanging) count(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tried[name]
}

// TestSlowScriptsDelayNoOthers has more scripts whose compilation does not end than are compiled at the same time.
func TestSlowScriptsDelayNoOthers(t *testing.T) {
	h := &hanging{engine: newEngine(t), tried: map[string]int{}}
	files := map[string]string{"good.lua": "print(1)", "lib/u.lua": "return 1"}
	var bad []string
	for i := range 6 {
		name := fmt.Sprintf("bad%d.lua", i)
		files[name] = fmt.Sprintf("-- @name worst%d\n-- hang\nprint(1)", i)
		bad = append(bad, name)
	}
	l := openLibrary(t, files, func(o *scripts.LibraryOptions) {
		o.Compile, o.CompileTimeout, o.Limit = h.compile, 4*time.Second, 2
	})
	// The directory is open while they are under way, and tells which ones.
	if s := l.script("good"); s.Err != nil || s.Version == "" {
		t.Errorf("%+v", s)
	}
	if s := l.script("worst3"); s.Version != "" || s.Err == nil || !strings.Contains(s.Err.Error(), "has not compiled yet") {
		t.Errorf("a script that is being compiled: %+v", s)
	}
	status := l.Status()
	ended := len(bad) - len(status.Compiling) // on a busy machine, the first ones have had their time
	if ended < 0 || ended > 2 || !slices.Equal(status.Compiling, bad[ended:]) || len(status.Notes()) != len(status.Compiling) {
		t.Errorf("%+v", status)
	}
	l.write("new.lua", "print(2)")
	l.untilFile("new", "new.lua", "print(2)")
	if len(l.Status().Compiling) == 0 {
		t.Error("the new script has waited for the others")
	}
	l.until("the end of all compilations", func() bool {
		return !slices.ContainsFunc(l.Scripts(), func(s *scripts.Script) bool {
			return strings.HasPrefix(s.Path, "bad") && !errors.Is(s.Err, engine.ErrTimeout)
		})
	})
	if len(l.Status().Compiling) != 0 {
		t.Errorf("%+v", l.Status())
	}
	if text := l.script("worst0").Err.Error(); text != "bad0.lua: compiling the script takes longer than 4s" {
		t.Error(text)
	}
	// What took too long is not tried again until it changes.
	tried := h.count("bad0.lua")
	l.write("other.lua", "print(3)")
	l.untilFile("other", "other.lua", "print(3)")
	if now := h.count("bad0.lua"); now != tried {
		t.Errorf("it was tried %d times, then %d times", tried, now)
	}
	l.write("bad0.lua", "-- @name worst0\nprint('mended')")
	l.untilFile("worst0", "bad0.lua", "-- @name worst0\nprint('mended')")
	// An import may have been the reason.
	tried = h.count("bad1.lua")
	l.write("lib/u.lua", "return 2")
	l.until("another attempt", func() bool { return h.count("bad1.lua") > tried })
}

// TestASlowSaveKeepsTheVersionBefore saves what does not compile in time over what runs.
func TestASlowSaveKeepsTheVersionBefore(t *testing.T) {
	h := &hanging{engine: newEngine(t), tried: map[string]int{}}
	l := openLibrary(t, map[string]string{"a.lua": "print(1)"}, func(o *scripts.LibraryOptions) {
		o.Compile, o.CompileTimeout = h.compile, 3*time.Second
	})
	before := l.script("a")
	l.write("a.lua", "-- hang")
	l.until("the slow compilation", func() bool { return len(l.Status().Compiling) > 0 })
	if l.script("a") != before {
		t.Errorf("%+v", l.script("a"))
	}
	// A save that mends it is not kept waiting.
	l.write("a.lua", "print(3)")
	l.untilFile("a", "a.lua", "print(3)")
	l.until("the end of the slow one", func() bool { return len(l.Status().Compiling) == 0 })
}

// TestCheckEndsWithSlowScripts checks a directory with such a script.
func TestCheckEndsWithSlowScripts(t *testing.T) {
	dir := t.TempDir()
	for name, code := range map[string]string{"a.lua": "-- hang", "b.lua": "-- hang", "c.lua": "-- hang", "good.lua": "print(1)"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := &hanging{engine: newEngine(t), tried: map[string]int{}}
	list, problems, err := scripts.Check(t.Context(), dir, scripts.LibraryOptions{Engine: h.engine, Compile: h.compile, CompileTimeout: 200 * time.Millisecond})
	if err != nil || len(list) != 4 || len(problems) != 3 {
		t.Fatalf("%d scripts, %+v, %v", len(list), problems, err)
	}
	for _, p := range problems {
		if p.Message != "compiling the script takes longer than 200ms" {
			t.Errorf("%+v", p)
		}
	}
}
