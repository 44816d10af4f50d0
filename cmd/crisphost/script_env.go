package main

import (
	"fmt"

	"github.com/crisphost/crisphost/scripts"
)

// scriptEnv reads the variables that a script may see. Those that are not set are left out.
func scriptEnv(env env, names []string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	for _, name := range names {
		if !scripts.IsEnvName(name) {
			return nil, &usageError{problem: fmt.Sprintf("--env %q is not the name of an environment variable", name), hint: "write the name alone; the script reads its value"}
		}
		if name == envKey {
			return nil, &usageError{problem: envKey + " is never given to a script", hint: "scripts call the API through crisp, which needs no key"}
		}
		if value, ok := env(name); ok {
			values[name] = value
		}
	}
	return values, nil
}
