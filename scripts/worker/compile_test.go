//go:build unix

package worker_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
	"github.com/crisphost/crisphost/scripts/worker"
)

func newCompiler(t *testing.T, memory int64) *worker.Pool {
	return newPool(t, worker.Options{Workers: 2, Warm: -1, Grace: time.Millisecond, Memory: memory, Unconfined: true})
}

func TestCompile(t *testing.T) {
	dir := t.TempDir()
	enginetest.WriteFiles(t, dir, map[string]string{
		"lib/a.js": "export const a = 1", "lib/u.lua": "return 1", "lib/broken.js": "export const é = [1, ;\n",
	})
	p := newCompiler(t, 0)
	compile := func(name, code string) (map[string][]byte, error) {
		language, err := engine.LanguageOf(name)
		if err != nil {
			t.Fatal(err)
		}
		return p.Compile(t.Context(), engine.Source{Name: name, Code: []byte(code), Language: language, Root: dir, Dir: dir})
	}
	for _, c := range []struct{ name, code, imported, want string }{
		{"s.js", "import {a} from './lib/a.js'; console.log(a)", "lib/a.js", "export const a = 1"},
		{"s.lua", "print(require 'lib.u')", "lib/u.lua", "return 1"},
	} {
		files, err := compile(c.name, c.code)
		if err != nil || string(files[c.name]) != c.code || string(files[c.imported]) != c.want || len(files) != 2 {
			t.Errorf("%s: %q, %v", c.name, files, err)
		}
	}
	_, err := compile("s.js", "import {é} from './lib/broken.js'; é")
	var wrong *engine.Error
	if !errors.As(err, &wrong) || wrong.Kind != engine.KindCompile || wrong.Error() != `lib/broken.js:1:22: SyntaxError: Unexpected ";"` || wrong.SourceLine == "" {
		t.Errorf("a syntax error is %+v", err)
	}
	// A new file that hides the one before is noticed.
	const code = "import {a} from './lib/a'; console.log(a)"
	if files, err := compile("s.ts", code); err != nil || files["lib/a.js"] == nil {
		t.Fatalf("%q, %v", files, err)
	}
	enginetest.WriteFiles(t, dir, map[string]string{"lib/a.ts": "export const a = 2"})
	if files, err := compile("s.ts", code); err != nil || files["lib/a.ts"] == nil {
		t.Errorf("%q, %v", files, err)
	}
	if s := p.Stats(); s.Started != 1 || s.Killed+s.Died != 0 {
		t.Errorf("%+v, want one process for all", s)
	}
}

// endless takes minutes to compile.
func endless() engine.Source {
	const depth = 2000
	code := strings.Repeat("for await (const x of y) {", depth) + strings.Repeat("}", depth)
	return engine.Source{Name: "endless.js", Code: []byte(code), Language: engine.JavaScript}
}

// TestACompilationThatDoesNotEndIsKilled has several of them, more than there are workers, and goes on with others.
func TestACompilationThatDoesNotEndIsKilled(t *testing.T) {
	p := newCompiler(t, 0)
	ended := make(chan error, 5)
	for range cap(ended) {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := p.Compile(ctx, endless())
			ended <- err
		}()
	}
	for range cap(ended) {
		select {
		case err := <-ended:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want the deadline", err)
			}
		case <-time.After(time.Minute):
			t.Fatal("it does not end")
		}
	}
	if _, err := p.Compile(t.Context(), engine.Source{Name: "good.lua", Code: []byte("print(1)"), Language: engine.Lua}); err != nil {
		t.Error(err)
	}
}

// TestACompilationThatTakesTooMuchMemory names the limit, and the process does not go on.
func TestACompilationThatTakesTooMuchMemory(t *testing.T) {
	p := newCompiler(t, 16<<20)
	code := "console.log([" + strings.Repeat("[1, 2, 3, 'a', 'b'],\n", 200_000) + "])"
	_, err := p.Compile(t.Context(), engine.Source{Name: "big.js", Code: []byte(code), Language: engine.JavaScript})
	var wrong *engine.Error
	if !errors.As(err, &wrong) || wrong.Kind != engine.KindCompile || wrong.File != "big.js" || !strings.Contains(wrong.Message, "more than 16 MiB of memory") {
		t.Errorf("%v", err)
	}
	if _, err := p.Compile(t.Context(), engine.Source{Name: "good.lua", Code: []byte("print(1)"), Language: engine.Lua}); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Started != 2 {
		t.Errorf("%+v, want another process for the second script", s)
	}
}

func TestCompileReadsRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600), syscall.Mkfifo(filepath.Join(dir, "pipe.lua"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	p := newCompiler(t, 0)
	for name, code := range map[string]string{
		"a.js": "import x from './pipe.json'; x", "a.lua": "require 'pipe'",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		language, _ := engine.LanguageOf(name)
		_, err := p.Compile(ctx, engine.Source{Name: name, Code: []byte(code), Language: language, Root: dir, Dir: dir})
		cancel()
		var wrong *engine.Error
		if !errors.As(err, &wrong) || wrong.Kind != engine.KindCompile {
			t.Errorf("%s: %v", name, err)
		}
	}
}
