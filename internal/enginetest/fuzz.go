package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// FuzzRun compiles and runs any text as a file of that name, each in a runtime of its own. Nothing that a script says may end the process
// or hold a VM much longer than its context.
func FuzzRun(f *testing.F, newRuntime func() engine.Runtime, name string, seeds []string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(seed)
	}
	const limit, patience = 100 * time.Millisecond, 20 * time.Second
	language, err := engine.LanguageOf(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code string) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		rt := newRuntime()
		p, err := rt.Compile(ctx, engine.Source{Name: name, Code: []byte(code), Language: language}, nil)
		if err != nil {
			return
		}
		v, err := rt.New(engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		// A hang is told with the stacks of all goroutines, and by the text in testdata/fuzz.
		hung := time.AfterFunc(patience, func() { panic("the script does not stop: " + code) })
		defer hung.Stop()
		_, _ = v.Run(ctx, p)
		if err := v.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}
