package policy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
)

// Permissions are what a script may do, as the @permissions of its header list it. Each word allows something:
//
//	conversations:read    calls of crisp.conversations that change nothing
//	conversations:write   those that change, send or delete something; reading is not part of it
//	people:*, people      both
//	people.segments:read  a group within another one
//	operators:read        crisp.websites.operators: groups of websites need not name it
//	*:read, *             all calls of Crisp's API
//	api:read              paths that the description does not have, which crisp.api calls; judged by their method
//	store                 the store module, or store:read, store:write
//	fetch:HOST            requests to a host, as engine.AllowHosts takes it
//
// A path of crisp.api that belongs to a call of the description needs that call's permission. Nil Permissions, those of a script
// without @permissions, allow everything but fetch. Permissions are immutable.
type Permissions struct {
	rules []rule
}

// rule is one word. That of fetch has a host and no effects.
type rule struct {
	word    string
	subject string
	effects effects
	host    string
}

type effects uint8

const (
	reads effects = 1 << iota
	writes
)

// Subjects of permissions that are no groups of calls.
const (
	subjectAny   = "*"
	subjectAPI   = "api"
	subjectStore = "store"
	subjectFetch = "fetch"
)

// WordError tells which permission is wrong.
type WordError struct {
	// Word is the index of the permission, from 0.
	Word int
	// Problem is one line, and Hint tells what to write instead.
	Problem, Hint string
}

func (e *WordError) Error() string { return e.Problem }

// ParsePermissions reads the words of a @permissions. No words allow nothing. Errors are a *WordError.
func ParsePermissions(words []string) (*Permissions, error) {
	p := &Permissions{}
	known := groups()
	for i, w := range words {
		subject, scope, scoped := strings.Cut(w, ":")
		wrong := func(hint, format string, args ...any) error {
			return &WordError{Word: i, Problem: fmt.Sprintf(format, args...), Hint: hint}
		}
		if subject == subjectFetch {
			host := strings.TrimPrefix(scope, "*.")
			if name, _, err := net.SplitHostPort(host); err == nil {
				host = name
			}
			if host == "" || strings.ContainsAny(host, "*/@?# ") {
				return nil, wrong("write a host and at most a port: fetch:api.example.com, fetch:*.example.com, fetch:localhost:8080", "%q names no host", w)
			}
			p.rules = append(p.rules, rule{word: w, subject: subject, host: scope})
			continue
		}
		r := rule{word: w, subject: subject}
		switch {
		case !scoped, scope == "*":
			r.effects = reads | writes
		case scope == "read":
			r.effects = reads
		case scope == "write":
			r.effects = writes
		default:
			return nil, wrong("write "+subject+":read, "+subject+":write, or both", "%q is no effect", scope)
		}
		switch subject {
		case subjectAny, subjectAPI, subjectStore:
		default:
			if !slices.Contains(known, subject) {
				hint := "groups are those of the calls: conversations, people, visitors, websites, operators; further there are store, api and fetch:HOST"
				if near := nearest.To(subject, slices.Concat(known, []string{subjectAPI, subjectStore})); near != "" {
					hint = "did you mean " + near + "?"
				}
				return nil, wrong(hint, "there is no group of calls %q", subject)
			}
		}
		p.rules = append(p.rules, r)
	}
	return p, nil
}

// groups are all groups of calls.
var groups = sync.OnceValue(func() []string {
	seen := map[string]bool{}
	var list []string
	for _, op := range spec.All() {
		for _, subject := range subjectsOf(op.Call) {
			if !seen[subject] {
				seen[subject] = true
				list = append(list, subject)
			}
		}
	}
	return list
})

const websitesPrefix = "websites."

// subjectsOf are the groups that a call is in, the widest first: "people.segments.list" is in people and people.segments.
func subjectsOf(call string) []string {
	var list []string
	add := func(name string) {
		for i, c := range name {
			if c == '.' {
				list = append(list, name[:i])
			}
		}
	}
	add(call)
	if short, ok := strings.CutPrefix(call, websitesPrefix); ok {
		add(short)
	}
	return list
}

// Hosts are the hosts of fetch, for engine.AllowHosts.
func (p *Permissions) Hosts() []string {
	if p == nil {
		return nil
	}
	var hosts []string
	for _, r := range p.rules {
		if r.subject == subjectFetch {
			hosts = append(hosts, r.host)
		}
	}
	return hosts
}

// Allows tells whether the permissions cover an operation; nil stands for a path that is none, whose effect is told.
func (p *Permissions) Allows(op *spec.Operation, effect spec.Effect) bool {
	if p == nil {
		return true
	}
	if op == nil {
		return p.allows([]string{subjectAPI}, effect)
	}
	return p.allows(subjectsOf(callOf(op)), op.Effect)
}

// AllowsStore tells whether the permissions cover the store module.
func (p *Permissions) AllowsStore(effect spec.Effect) bool {
	if p == nil {
		return true
	}
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.subject == subjectStore && r.effects&effectBit(effect) != 0 })
}

func (p *Permissions) allows(subjects []string, effect spec.Effect) bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool {
		return r.effects&effectBit(effect) != 0 && (r.subject == subjectAny || slices.Contains(subjects, r.subject))
	})
}

func effectBit(effect spec.Effect) effects {
	if effect == spec.EffectRead {
		return reads
	}
	return writes
}

// callOf is the call of an operation, or of the one that it is another form of.
func callOf(op *spec.Operation) string {
	if op.Call == "" && op.AlternateOf != "" {
		if main := spec.ByID(op.AlternateOf); main != nil {
			return main.Call
		}
	}
	return op.Call
}

// Needed is the permission that covers an operation, as one writes it: "operators:read". A nil operation is a path that is none.
func Needed(op *spec.Operation, effect spec.Effect) string {
	subject := subjectAPI
	if op != nil {
		effect = op.Effect
		subject, _, _ = strings.Cut(callOf(op), ".")
		// A group of websites of its own is meant, and not all websites.
		if short, ok := strings.CutPrefix(callOf(op), websitesPrefix); ok {
			if group, _, nested := strings.Cut(short, "."); nested {
				subject = group
			}
		}
	}
	if effect == spec.EffectRead {
		return subject + ":read"
	}
	return subject + ":write"
}

// Decide refuses calls that the permissions do not cover, for Transport.
func (p *Permissions) Decide(_ context.Context, call *Call) error {
	if p.Allows(call.Operation, call.Effect) {
		return nil
	}
	return &PermissionError{Call: call, Needed: Needed(call.Operation, call.Effect)}
}

// PermissionError tells that a script did what its @permissions do not allow.
type PermissionError struct {
	Call *Call
	// Needed is the permission that would allow it.
	Needed string
}

func (e *PermissionError) Error() string {
	what := e.Call.Method + " " + e.Call.Path
	if e.Call.Operation != nil && callOf(e.Call.Operation) != "" {
		what = "crisp." + callOf(e.Call.Operation)
	}
	return fmt.Sprintf("%s needs the permission %s; add it to @permissions in the script's header", what, e.Needed)
}
