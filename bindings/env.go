package bindings

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/engine"
)

// envModule shows the allowed variables as members, and get for a clear answer on those that are not.
func envModule(env map[string]string) *engine.Module {
	m := &engine.Module{
		Name: "env",
		Doc:  "The environment variables that the script may read, by name.",
		Functions: []engine.Function{{
			Name: "get", Sync: true, Result: "string",
			Doc:    "Reads an environment variable. One that was not allowed is an error.",
			Params: []engine.Param{{Name: "name", Type: "string", Required: true}},
			Call: func(_ context.Context, args []any) (any, error) {
				a := newArguments("env.get", args)
				a.max(1)
				name := a.text(0, "name")
				if a.err != nil {
					return nil, a.err
				}
				value, ok := env[name]
				if !ok {
					return nil, argumentError("env.get", "name", fmt.Sprintf("%q is not allowed or not set", name),
						fmt.Sprintf("allow it with --env %s, or with `@env %s` in the script's header", name, name))
				}
				return value, nil
			},
		}},
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		m.Values = append(m.Values, engine.Constant{Name: name, Value: env[name]})
	}
	return m
}
