package enginetest

import (
	"context"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Inbox is a host module named crisp with a group named people: a list and a stream of people, a person by its ID, which it misses where
// it is not given, a test whether one exists, a call that waits until it is stopped, and a count that is there at once.
func Inbox() *engine.Module {
	people := `[{"person_id":"a","email":"a@x.test"},{"person_id":"b","email":"b@x.test"}]`
	list := func(context.Context, []any) (any, error) {
		time.Sleep(time.Millisecond) // so that a result that is not awaited is not there yet
		return engine.JSON(people), nil
	}
	each := func(ctx context.Context, _ []any) (any, error) {
		return engine.Sequence(func(yield func(any, error) bool) {
			for _, item := range []string{`{"person_id":"a"}`, `{"person_id":"b"}`, `{"person_id":"c"}`} {
				if ctx.Err() != nil {
					yield(nil, ctx.Err())
					return
				}
				if !yield(engine.JSON(item), nil) {
					return
				}
			}
		}), nil
	}
	get := func(_ context.Context, args []any) (any, error) {
		if len(args) == 0 {
			return nil, &engine.HostError{Name: "CrispError", Message: "people.get: the person is missing"}
		}
		return map[string]any{"person_id": args[0], "email": args[0].(string) + "@x.test"}, nil
	}
	return &engine.Module{Name: "crisp", Modules: []*engine.Module{{Name: "people", Functions: []engine.Function{
		{Name: "list", Call: list},
		{Name: "each", Sync: true, Call: each},
		{Name: "get", Call: get},
		{Name: "exists", Call: func(_ context.Context, args []any) (any, error) { return args[0] == "a", nil }},
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}},
		{Name: "count_now", Sync: true, Call: func(context.Context, []any) (any, error) { return 2, nil }},
	}}}, Values: []engine.Constant{{Name: "website_id", Value: "w"}}}
}
