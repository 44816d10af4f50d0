package syntax

import "context"

// QuickSource is the size of a text that compiles in no time worth mentioning.
const QuickSource = 16 << 10

// Await does work until ctx ends, and reports whether it was done. gopher-lua cannot be stopped, and takes minutes for a hundred thousand
// constants: it looks each one up in a list. Work that is left behind ends by itself.
func Await[T any](ctx context.Context, work func() (T, error)) (result T, done bool, err error) {
	type outcome struct {
		result T
		err    error
	}
	finished := make(chan outcome, 1)
	if ctx.Err() == nil {
		go func() {
			result, err := work()
			finished <- outcome{result, err}
		}()
	}
	select {
	case o := <-finished:
		return o.result, true, o.err
	case <-ctx.Done():
		return result, false, nil
	}
}
