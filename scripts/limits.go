package scripts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
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
	// Permissions are the words that bound @permissions. A script without @permissions may do what they allow, but for what has to
	// be named, such as the hosts of fetch. Environment variables are left to AllowEnv. Nil is no limit, and no words allow nothing.
	Permissions []string
}

// The variables that tell a script about its run, in env. Every script may read them.
const (
	// EnvRunID is the run's ID, the same in all its attempts: a key by which a script knows what it has done already.
	EnvRunID   = "CRISPHOST_RUN_ID"
	EnvScript  = "CRISPHOST_SCRIPT"
	EnvAttempt = "CRISPHOST_ATTEMPT"
	// EnvTrigger is "schedule", "manual" or "event", and EnvTick the time that the schedule named (RFC 3339, UTC).
	EnvTrigger = "CRISPHOST_TRIGGER"
	EnvTick    = "CRISPHOST_TICK"
	// EnvEvent is the name of the event, of which the global event has the payload, and EnvEventTime when it happened (RFC 3339 with
	// milliseconds, UTC). With @batch they are those of the first event.
	EnvEvent     = "CRISPHOST_EVENT"
	EnvEventTime = "CRISPHOST_EVENT_TIME"
)

// The subjects of permissions that have values of a meaning of their own here.
const (
	subjectEnv   = "env"
	subjectFetch = "fetch"
)

// The bound as errors name it, and where it stands.
const (
	boundName  = "the host's configuration"
	boundPlace = "permissions in the configuration's [serve] table"
)

// Check compares a header with the limits, whose words are of the vocabulary. The error is a *HeaderError, whose positions carry no
// file name, or about the limits themselves.
func (l *Limits) Check(v *engine.Vocabulary, h Header) error {
	bound, err := l.bound(v)
	if err != nil {
		return err
	}
	if wrong := l.check(h, bound); wrong != nil {
		return wrong.placed(nil, "")
	}
	return nil
}

// bound returns what Permissions allow, or nil for no limit. It fails for words that the vocabulary does not have.
func (l *Limits) bound(v *engine.Vocabulary) (*engine.Permissions, error) {
	if l == nil || l.Permissions == nil {
		return nil, nil
	}
	bound, err := v.Parse(l.Permissions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", boundPlace, err)
	}
	return bound, nil
}

// check leaves the file and the source lines to placed.
func (l *Limits) check(h Header, bound *engine.Permissions) *HeaderError {
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
		asked, at := "@env "+name, h.find("env", name).Position
		if word := h.find("permissions", subjectEnv+":"+name); at == (engine.Position{}) && word.text != "" {
			asked, at = "@permissions "+word.text, word.Position
		}
		switch {
		case slices.Contains(l.DenyEnv, name):
			wrong = wrong.and(errorAt(at, "remove it from the header", "%s is a secret of the host: scripts cannot read it", asked))
		case !slices.ContainsFunc(l.AllowEnv, func(allowed string) bool { return matchesEnv(allowed, name) }):
			hint := fmt.Sprintf("add %[1]s to allow_env in the configuration's [serve] table, or use --env %[1]s", name)
			wrong = wrong.and(errorAt(at, hint, "%s is not in allow_env of the configuration", asked))
		}
	}
	return wrong.and(l.checkPermissions(h, bound))
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
func (l *Limits) checkPermissions(h Header, bound *engine.Permissions) *HeaderError {
	if bound == nil {
		return nil
	}
	var wrong *HeaderError
	for _, p := range h.Permissions {
		if p.Subject == subjectEnv {
			continue // AllowEnv has judged it
		}
		if word, outside := bound.Outside([]string{p.word()}); outside {
			wrong = wrong.and(errorAt(p.Position, "remove it, or add it to "+boundPlace+", which allow "+l.allowed(),
				"@permissions %s is more than %s grants", word, boundName))
		}
	}
	return wrong
}

// allowed returns the words of the bound, for hints.
func (l *Limits) allowed() string {
	if len(l.Permissions) == 0 {
		return "nothing"
	}
	return strings.Join(l.Permissions, " ")
}

// Access returns what a script may do: what its header asks for, see Header.Access, within what the limits allow, and the variables
// that tell about its run. The error is a *HeaderError, or about the limits themselves. Check reports whether a header asks for more.
func (l *Limits) Access(v *engine.Vocabulary, h Header) (*engine.Permissions, error) {
	access, err := h.Access(v)
	if err != nil {
		return nil, err
	}
	if _, err := l.bound(v); err != nil {
		return nil, err
	}
	var variables []string
	if _, err := v.Parse([]string{subjectEnv + ":" + EnvRunID}); err == nil { // an engine may have no env
		for _, name := range []string{EnvRunID, EnvScript, EnvAttempt, EnvTrigger, EnvTick, EnvEvent, EnvEventTime} {
			variables = append(variables, subjectEnv+":"+name)
		}
		if access, err = access.With(variables...); err != nil {
			return nil, err
		}
	}
	if l == nil || l.Permissions == nil {
		return access, nil
	}
	for _, p := range h.asked() {
		if p.Subject == subjectEnv {
			variables = append(variables, p.word()) // Check compares them with AllowEnv
		}
	}
	return access.Within(boundName, "add WORD to "+boundPlace, slices.Concat(l.Permissions, variables))
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
