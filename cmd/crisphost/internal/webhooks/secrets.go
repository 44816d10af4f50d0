package webhooks

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/internal/uuid"
)

const secretsHint = "each line is a signing secret, or a secret of the URL behind a slash; a website id and a colon before it limit it to that website"

// readSecrets reads a file of secrets. Like a key, it must not be readable by others.
func readSecrets(env settings.Env, path string) ([]hooks.Secret, error) {
	text, err := connect.ReadKeyFile(env, path)
	if err != nil {
		return nil, err
	}
	list, err := parseSecrets(text)
	if err != nil {
		return nil, &usage.Error{Problem: path + ": " + err.Error(), Hint: secretsHint, Err: err}
	}
	return list, nil
}

// parseSecrets reads lines of secrets. Errors name lines, and no secret.
func parseSecrets(text string) ([]hooks.Secret, error) {
	var list []hooks.Secret
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var s hooks.Secret
		value := line
		if before, after, limited := strings.Cut(line, ":"); limited {
			if !uuid.Is(before) {
				return nil, fmt.Errorf("line %d: what stands before the colon is not a website id", number)
			}
			s.Website, value = strings.ToLower(before), after
		}
		s.Value, s.URL = strings.CutPrefix(value, "/")
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("there is no secret")
	}
	return list, nil
}
