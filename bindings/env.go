package bindings

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/engine"
)

// envModule shows the allowed variables as members, and get for a clear answer on those that are not.
func envModule() *engine.Module {
	return &engine.Module{
		Name: "env",
		Doc:  "The environment variables that the script may read, by name.",
		Subjects: []engine.Subject{{
			Name: envSubject, Value: "NAME", Doc: "An environment variable: env:NAME. @env NAME in a header is the same.",
		}},
		InstanceValues: func(ctx context.Context) []engine.Constant {
			env, _ := engine.Use[environment](ctx)
			var values []engine.Constant
			for _, name := range slices.Sorted(maps.Keys(env)) {
				values = append(values, engine.Constant{Name: name, Value: env[name]})
			}
			return values
		},
		Functions: []engine.Function{{
			Name: "get", Sync: true, Result: "string",
			Doc:        "Reads an environment variable. One that was not allowed is an error.",
			Params:     []engine.Param{{Name: "name", Type: "string", Required: true}},
			Permission: envSubject,
			Bind: func(ctx context.Context, args []any) (*engine.Pending, error) {
				a := newArguments("env.get", args)
				a.max(1)
				name := a.text(0, "name")
				if a.err != nil {
					return nil, a.err
				}
				env, _ := engine.Use[environment](ctx)
				value, ok := env[name]
				if !ok {
					return nil, argumentError("env.get", "name", fmt.Sprintf("%q is not allowed or not set", name),
						fmt.Sprintf("allow it with --env %s, or with `@env %s` in the script's header", name, name))
				}
				return &engine.Pending{Value: name, Run: func(context.Context) (any, error) { return value, nil }}, nil
			},
		}},
	}
}

const envSubject = "env"
