package resources

import (
	"fmt"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts"
)

// Env reads the variables that a script may see. Those that are not set are left out.
func Env(env settings.Env, names []string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	for _, name := range names {
		if !scripts.IsEnvName(name) {
			return nil, &usage.Error{Problem: fmt.Sprintf("--env %q is not the name of an environment variable", name), Hint: "write the name alone; the script reads its value"}
		}
		if name == connect.EnvKey {
			return nil, &usage.Error{Problem: connect.EnvKey + " is never given to a script", Hint: "scripts call the API through crisp, which needs no key"}
		}
		if value, ok := env(name); ok {
			values[name] = value
		}
	}
	return values, nil
}
