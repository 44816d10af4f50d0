// Package fresh has runtimes compile a script without the programs that they keep. A kept program does not notice a new file that hides
// one which it imports.
package fresh

import "context"

type key struct{}

// With returns a context whose compilations neither use nor keep programs.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Is reports whether a context is one of With.
func Is(ctx context.Context) bool { return ctx.Value(key{}) != nil }
