package js

import (
	"context"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestBytesAreCopied changes the bytes of an argument while the host has it.
func TestBytesAreCopied(t *testing.T) {
	for _, argument := range []string{"buffer", "bytes"} {
		t.Run(argument, func(t *testing.T) {
			proceed := make(chan struct{})
			m := &engine.Module{Name: "host", Functions: []engine.Function{
				{Name: "keep", Call: func(_ context.Context, args []any) (any, error) {
					<-proceed
					return int64(args[0].([]byte)[0]), nil
				}},
				{Name: "proceed", Sync: true, Call: func(context.Context, []any) (any, error) {
					close(proceed)
					return nil, nil
				}},
			}}
			out := script{code: `
const buffer = new ArrayBuffer(1), bytes = new Uint8Array(buffer)
bytes[0] = 1
const kept = host.keep(` + argument + `)
bytes[0] = 2
host.proceed()
console.log(await kept)`, config: engine.Config{Modules: []*engine.Module{m}}}.run(t)
			if out.err != nil || out.stdout != "1\n" {
				t.Errorf("printed %q, error %v; want 1", out.stdout, out.err)
			}
		})
	}
}
