package program

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// The same text is compiled once.
func TestCompileOnce(t *testing.T) {
	rt := NewCache()
	a, err := rt.chunk("a.lua", []byte("return 1"))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := rt.chunk("a.lua", []byte("return 1")); a != b {
		t.Error("the same text was compiled twice")
	}
	if b, _ := rt.chunk("b.lua", []byte("return 1")); a == b {
		t.Error("two files share a name in errors")
	}
	for i := range 2 * maxCachedChunks {
		if _, err := rt.chunk("a.lua", []byte(strings.Repeat(" ", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(rt.chunks); n > maxCachedChunks {
		t.Errorf("%d chunks are kept", n)
	}
}

func TestStopCompile(t *testing.T) {
	var code strings.Builder
	code.WriteString("local t = {}\n")
	for i := range 8000 {
		fmt.Fprintf(&code, "t[%d] = 'text %d'\n", i, i)
	}
	cause := errors.New("enough")
	for name, limit := range map[string]time.Duration{"before": -time.Second, "meanwhile": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(context.Background(), limit, cause)
			defer cancel()
			rt := NewCache()
			_, err := rt.Compile(ctx, engine.Source{Name: "large.lua", Code: []byte(code.String()), Language: engine.Lua}, nil)
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindTimeout || !errors.Is(err, cause) || e.Error() != "large.lua: the script was stopped: enough" {
				t.Errorf("error %v", err)
			}
			// The work that was left behind ends by itself, and is kept.
			for kept, until := 0, time.Now().Add(time.Minute); limit > 0 && kept == 0 && time.Now().Before(until); {
				time.Sleep(10 * time.Millisecond)
				rt.mu.Lock()
				kept = len(rt.chunks)
				rt.mu.Unlock()
			}
		})
	}
}
