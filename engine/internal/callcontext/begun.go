package callcontext

import "context"

type begunKey struct{}

// WithBegun returns a context whose call tells with f that it has begun.
func WithBegun(ctx context.Context, f func()) context.Context {
	return context.WithValue(ctx, begunKey{}, f)
}

// Begun tells that the call of a context has begun.
func Begun(ctx context.Context) {
	if f, ok := ctx.Value(begunKey{}).(func()); ok {
		f()
	}
}
