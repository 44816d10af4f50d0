//go:build unix

package worker

import (
	"net/url"
	"strconv"
	"time"
)

// The variables that the host sets for every run, in env.
const (
	// EnvRunID is the run's id, the same in all its attempts: a key by which a script knows what it has done already.
	EnvRunID   = "CRISPHOST_RUN_ID"
	EnvScript  = "CRISPHOST_SCRIPT"
	EnvAttempt = "CRISPHOST_ATTEMPT"
	// EnvTrigger is "schedule", "manual" or "event", and EnvTick the time that the schedule named (RFC 3339, UTC).
	EnvTrigger = "CRISPHOST_TRIGGER"
	EnvTick    = "CRISPHOST_TICK"
)

// variables are what a script finds in env: what its header names, as far as it is set, and what the host says of the run.
func (p *Pool) variables(j *job) map[string]string {
	env := make(map[string]string, len(j.header.Env)+5)
	for _, name := range j.header.Env {
		if value, ok := p.options.LookupEnv(name); ok {
			env[name] = value
		}
	}
	env[EnvRunID], env[EnvScript] = j.run.ID, j.run.Script
	env[EnvAttempt] = strconv.Itoa(max(j.run.Attempt, 1))
	env[EnvTrigger] = string(j.run.Trigger.Kind)
	if tick := j.run.Trigger.Tick; !tick.IsZero() {
		env[EnvTick] = tick.UTC().Format(time.RFC3339)
	}
	return env
}

// directoryName is a script's name as one part of a path.
func directoryName(script string) string {
	switch script {
	case "", ".", "..":
		return "%" + script
	}
	return url.PathEscape(script)
}
