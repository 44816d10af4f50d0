package bindings

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// apiSubject is the permission of paths that the description does not have.
const apiSubject = "api"

const websitesPrefix = "websites."

// Subject returns the permission that an operation of the API needs, in the form of engine.Function.Permission. Nil stands for
// a path that belongs to no operation.
func Subject(op *spec.Operation) string {
	groups := groupsOf(callOf(op))
	if len(groups) == 0 {
		return apiSubject
	}
	return groups[len(groups)-1]
}

// callOf is the call of an operation, or of the one that it is another form of, or "".
func callOf(op *spec.Operation) string {
	if op == nil {
		return ""
	}
	if op.Call == "" && op.AlternateOf != "" {
		if main := spec.ByID(op.AlternateOf); main != nil {
			return main.Call
		}
	}
	return op.Call
}

// groupsOf returns the groups that a call is in, the narrowest last: "people.segments.list" is in people and people.segments. A
// group of websites is one by its own name too, since operators:read is what people write.
func groupsOf(call string) []string {
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

// covers reports whether a group has another one in it. A group of websites has two names.
func covers(wider, group string) bool {
	wider, group = strings.TrimPrefix(wider, websitesPrefix), strings.TrimPrefix(group, websitesPrefix)
	return wider == "websites" || wider == group || strings.HasPrefix(group, wider+".")
}

// crispSubjects are the permissions of all calls.
func crispSubjects() []engine.Subject {
	var list []engine.Subject
	seen := map[string]bool{}
	for _, op := range spec.All() {
		groups := groupsOf(callOf(op))
		for i, name := range groups {
			if seen[name] {
				continue
			}
			seen[name] = true
			s := engine.Subject{Name: name, Doc: "Calls of crisp." + name + "."}
			for _, other := range groups {
				if other != name && covers(other, name) {
					s.In = append(s.In, other)
				}
			}
			if top, _, nested := strings.Cut(groups[len(groups)-1], "."); nested && i == len(groups)-1 {
				s.Advice = top
			}
			if strings.HasPrefix(callOf(op), websitesPrefix) && !strings.HasPrefix(name, "websites") {
				s.Doc = "Calls of crisp." + websitesPrefix + name + "."
			}
			list = append(list, s)
		}
	}
	return append(list, engine.Subject{
		Name: apiSubject, Doc: "Paths of crisp.api that belong to no call; they are judged by their method.",
	}, engine.Subject{Name: eventsSubject, Doc: "Listening to what happens at Crisp, with crisp.events."})
}

// EffectOf returns the effect of an operation in the engine's terms.
func EffectOf(effect spec.Effect) engine.Effect { return effects[effect] }

// effects are those of the description in the engine's terms.
var effects = map[spec.Effect]engine.Effect{
	spec.EffectRead: engine.Read, spec.EffectWrite: engine.Write, spec.EffectSend: engine.Send, spec.EffectDelete: engine.Delete,
}
