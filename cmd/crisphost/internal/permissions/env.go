package permissions

import (
	"fmt"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// Env reads the variables that permissions name. Those that are not set are left out.
func Env(env settings.Env, p *engine.Permissions) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range p.Values(envSubject) {
		if !scripts.IsEnvName(name) {
			return nil, &usage.Error{
				Problem: fmt.Sprintf("%q is not the name of an environment variable", name),
				Hint:    "write the name alone; the script reads its value",
			}
		}
		if name == connect.EnvKey {
			return nil, &usage.Error{
				Problem: connect.EnvKey + " is never given to a script",
				Hint:    "scripts call the API through crisp, which needs no key",
			}
		}
		if value, ok := env(name); ok && p.Allows(envSubject, engine.Read, name) {
			values[name] = value
		}
	}
	return values, nil
}
