package scripts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/internal/timetext"
)

// Limits are what the operator of a host allows headers to ask for. A header that asks for more is an error and nothing of it
// counts. Nil Limits limit nothing. The zero Limits limit environment variables alone: no header may name one.
type Limits struct {
	// MaxMemory bounds @memory, in bytes, and MaxTimeout bounds @timeout. Zero is no limit. Both also bound the defaults of scripts
	// that do not have the tag.
	MaxMemory  int64
	MaxTimeout time.Duration
	// AllowEnv lists the variables that @env may name. A "*" at the end of a name stands for any ending: "CRM_*".
	AllowEnv []string
	// DenyEnv lists the variables that @env may not name, whatever AllowEnv lists.
	DenyEnv []string
	// Permissions bound @permissions. A script without @permissions may do what they allow, but for fetch. Nil is no limit.
	Permissions *policy.Permissions
}

// Check compares a header with the limits. The error is a *HeaderError, whose positions carry no file name.
func (l *Limits) Check(h Header) error {
	if wrong := l.check(h); wrong != nil {
		return wrong.placed(nil, "")
	}
	return nil
}

// check leaves the file and the source lines to placed.
func (l *Limits) check(h Header) *HeaderError {
	if l == nil {
		return nil
	}
	var wrong *HeaderError
	if l.MaxMemory > 0 && h.Memory > l.MaxMemory {
		wrong = wrong.and(above(h, "memory", sizetext.Format(h.Memory), "max_memory", sizetext.Format(l.MaxMemory)))
	}
	if l.MaxTimeout > 0 && h.Timeout > l.MaxTimeout {
		wrong = wrong.and(above(h, "timeout", timetext.FormatDuration(h.Timeout), "max_timeout", timetext.FormatDuration(l.MaxTimeout)))
	}
	for _, name := range h.Env {
		at := h.find("env", name).Position
		switch {
		case slices.Contains(l.DenyEnv, name):
			wrong = wrong.and(errorAt(at, "remove it from @env", "@env %s is a secret of the host, which no script may read", name))
		case !slices.ContainsFunc(l.AllowEnv, func(allowed string) bool { return matchesEnv(allowed, name) }):
			hint := fmt.Sprintf("add %[1]s to allow_env in the configuration's [serve] table, or use --env %[1]s", name)
			wrong = wrong.and(errorAt(at, hint, "@env %s is not in allow_env of the configuration", name))
		}
	}
	return wrong.and(l.checkPermissions(h))
}

// above is the error of a tag whose value is above its limit.
func above(h Header, tag, value, setting, limit string) *HeaderError {
	at := h.find(tag, "")
	if at.text != "" {
		value = at.text
	}
	hint := "write at most " + limit + ", or raise " + setting + " in the configuration's [serve] table"
	return errorAt(at.Position, hint, "@%s %s is above %s %s of the configuration", tag, value, setting, limit)
}

// checkPermissions passes over words that mean nothing: Access finds them.
func (l *Limits) checkPermissions(h Header) *HeaderError {
	if l.Permissions == nil {
		return nil
	}
	var wrong *HeaderError
	for _, p := range h.Permissions {
		asked, err := policy.ParsePermissions([]string{p.word()})
		if err != nil {
			continue
		}
		if outside, ok := asked.Within(l.Permissions); !ok {
			wrong = wrong.and(errorAt(p.Position, "remove it, or extend permissions in the configuration's [serve] table, which allows "+l.allowed(),
				"@permissions %s is outside permissions of the configuration", outside))
		}
	}
	return wrong
}

// allowed returns the words of the bound, for hints.
func (l *Limits) allowed() string {
	if words := l.Permissions.String(); words != "" {
		return words
	}
	return "nothing"
}

// Access returns what a script may do: what its header lists, or else what the limits allow, but for fetch. It is nil when
// neither lists anything, which allows everything but fetch. The error is a *HeaderError.
func (l *Limits) Access(h Header) (*policy.Permissions, error) {
	if len(h.Permissions) == 0 && l != nil {
		return l.Permissions.WithoutFetch(), nil
	}
	return h.Access()
}

// Memory returns the limit of a run in bytes: what its header asks for, or else the lower of standard and MaxMemory.
func (l *Limits) Memory(h Header, standard int64) int64 {
	switch {
	case h.Memory > 0:
		return h.Memory
	case l != nil && l.MaxMemory > 0:
		return min(standard, l.MaxMemory)
	}
	return standard
}

// Timeout returns the limit of runs without @timeout: the lower of standard and MaxTimeout. Zero is no limit.
func (l *Limits) Timeout(standard time.Duration) time.Duration {
	switch {
	case l == nil || l.MaxTimeout <= 0:
		return standard
	case standard <= 0:
		return l.MaxTimeout
	}
	return min(standard, l.MaxTimeout)
}

// matchesEnv reports whether an entry of AllowEnv allows a variable.
func matchesEnv(allowed, name string) bool {
	if prefix, ok := strings.CutSuffix(allowed, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return allowed == name
}

// find returns a word of a tag, or its first one when text is empty. It is zero in a header that was not read from a script.
func (h Header) find(tag, text string) word {
	for _, t := range h.Tags {
		if t.Name != tag {
			continue
		}
		for _, w := range t.words {
			if text == "" || w.text == text {
				return w
			}
		}
	}
	return word{}
}
