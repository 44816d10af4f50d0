package scripts

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/calls"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/words"
)

// judge compares the calls of a script with the modules of an engine and with the script's permissions.
type judge struct {
	engine *engine.Engine
	access *engine.Permissions
	// valued are the subjects of permissions that take values.
	valued map[string]bool
	// javascript tells which language the calls are in.
	javascript bool
}

func newJudge(eng *engine.Engine, access *engine.Permissions) *judge {
	j := &judge{engine: eng, access: access, valued: map[string]bool{}}
	for _, s := range eng.Vocabulary().Subjects() {
		j.valued[s.Name] = s.Value != ""
	}
	return j
}

// language sets the file that the next calls are in.
func (j *judge) language(file string) {
	language, err := engine.LanguageOf(file)
	j.javascript = err == nil && language != engine.Lua
}

// spell returns a name by its words as the language writes it.
func (j *judge) spell(name string) string {
	if j.javascript {
		return words.Camel(name)
	}
	return name
}

// verdict is a problem with a call.
type verdict struct {
	Problem
	// mends is the permission that would allow the call, or empty. Named tells that a script must name it in any case.
	mends string
	named bool
}

// judge returns what is wrong with a call, or nil.
func (j *judge) judge(call calls.Call) *verdict {
	name := call.Name
	// A handle on another website has the same calls.
	for {
		rest, ok := strings.CutPrefix(name, "crisp.website().")
		if !ok {
			break
		}
		name = "crisp." + rest
	}
	if strings.Contains(name, "()") {
		return nil // of what another call gave
	}
	root, path, _ := strings.Cut(name, ".")
	for _, m := range j.engine.Modules() {
		if m.Name != root && j.spell(m.Name) != root {
			continue
		}
		function, full, known := j.find(m, path)
		switch {
		case !known:
			return j.unknown(m, name)
		case function == nil:
			return nil
		}
		host := j.hostCall(m, function, full, call)
		if host == nil || j.access.Check(host) == nil {
			return nil
		}
		return j.missing(name, host)
	}
	if name == subjectFetch && j.javascript {
		return j.judgeFetch(call)
	}
	return nil
}

// find returns the function that a path below a module leads to, with its dotted name by its words. It is nil for what is known and
// is no host function, such as a method of a constant.
func (j *judge) find(m *engine.Module, path string) (f *engine.Function, name string, known bool) {
	name = m.Name
	if path == "" {
		return m.Apply, name, m.Apply != nil
	}
	segments := strings.Split(path, ".")
	for i, segment := range segments {
		function, module, constant := m.Member(segment, j.spell)
		switch {
		case function != nil:
			return function, name + "." + function.Name, j.isOfFunction(segments[i+1:])
		case module != nil:
			m, name = module, name+"."+module.Name
		default:
			return nil, "", constant != nil || j.hasFurther(m, segment)
		}
	}
	return m.Apply, name, m.Apply != nil
}

// isOfFunction reports whether what follows the name of a function calls it, now or later.
func (j *judge) isOfFunction(rest []string) bool {
	return len(rest) == 0 || j.javascript && len(rest) == 1 && slices.Contains([]string{"call", "apply", "bind"}, rest[0])
}

// hasFurther reports whether a module can have a member that its description does not list.
func (j *judge) hasFurther(m *engine.Module, member string) bool {
	switch {
	case m.Name == "crisp":
		return member == "website_id" || member == "websiteId"
	case m.InstanceValues != nil:
		return true
	case !j.javascript:
		return false
	case m.Name == "crypto":
		return member == "randomUUID" || member == "getRandomValues"
	default: // what all objects have
		return slices.Contains([]string{"hasOwnProperty", "toString", "toLocaleString", "valueOf", "isPrototypeOf", "propertyIsEnumerable"}, member)
	}
}

// unknown is the problem of a call that a module does not have.
func (j *judge) unknown(m *engine.Module, name string) *verdict {
	v := &verdict{Problem: Problem{Kind: ProblemCall, Message: fmt.Sprintf("no call is named %q", name)}}
	root, path, _ := strings.Cut(name, ".")
	if near := nearest.To(path, j.names("", m)); near != "" {
		if m.Name != "crisp" { // as in help
			near = root + "." + near
		}
		v.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return v
}

// names returns the names of a module's functions as the language writes them.
func (j *judge) names(prefix string, m *engine.Module) []string {
	var list []string
	for i := range m.Functions {
		list = append(list, prefix+j.spell(m.Functions[i].Name))
	}
	for _, sub := range m.Modules {
		list = append(list, j.names(prefix+j.spell(sub.Name)+".", sub)...)
	}
	return list
}

// hostCall returns the call as permissions see it when the script runs. It is nil for one that needs none, or of which the
// source does not show what it needs.
func (j *judge) hostCall(m *engine.Module, f *engine.Function, name string, call calls.Call) *engine.HostCall {
	c := &engine.HostCall{Name: name, Effect: f.Effect, Permission: f.Permission}
	raw, isRaw := strings.CutPrefix(name, "crisp.api.")
	switch {
	case f.Permission == engine.NoPermission:
		return nil
	case isRaw:
		// The path decides.
		if !call.HasArgument {
			return nil
		}
		path := strings.ReplaceAll(call.Argument, "{website_id}", "00000000-0000-4000-8000-000000000000")
		described, err := policy.Describe(&crisp.ForwardedCall{Method: strings.ToUpper(raw), Path: path})
		if err != nil {
			return nil // the script is told when it runs
		}
		c.Permission, c.Effect = bindings.Subject(described.Operation), bindings.EffectOf(described.Effect)
	case (name == "files.read" || name == "files.lines" || name == "csv.rows") && call.HasArgument && call.Argument == "-":
		return nil // standard input
	case name == "env.get" && call.HasArgument:
		c.Value = call.Argument
	case j.valued[c.Permission]:
		return nil
	case c.Permission == "":
		c.Permission = m.Name
	}
	return c
}

func (j *judge) judgeFetch(call calls.Call) *verdict {
	c := &engine.HostCall{Name: "fetch", Permission: subjectFetch}
	if !call.HasArgument {
		if len(j.access.Values(subjectFetch)) > 0 {
			return nil
		}
		v := j.missing("fetch", c)
		v.mends = "fetch:HOST"
		v.Message, v.Hint = "fetch needs the permission fetch:HOST", "add fetch: with the host's name to @permissions, such as fetch:api.example.com"
		return v
	}
	u, err := url.Parse(call.Argument)
	if err != nil || u.Hostname() == "" || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
		return nil // the script is told when it runs
	}
	host, own := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || port == own {
		// Permissions may name the port that goes without saying, or not.
		if c.Value = host + ":" + own; j.access.Check(c) == nil {
			return nil
		}
		c.Value = host
	} else {
		c.Value = host + ":" + port
	}
	if j.access.Check(c) == nil {
		return nil
	}
	return j.missing("fetch", c)
}

// missing is the problem of a call that the permissions refuse.
func (j *judge) missing(call string, c *engine.HostCall) *verdict {
	word := c.Word()
	if refused := (*engine.HostError)(nil); errors.As(j.access.Check(c), &refused) {
		for _, field := range refused.Fields {
			if text, ok := field.Value.(string); ok && field.Name == "permission" {
				word = text // which may be a wider one
			}
		}
	}
	v := &verdict{mends: word, named: j.valued[c.Permission], Problem: Problem{
		Kind: ProblemPermission, Message: fmt.Sprintf("%s needs the permission %s", call, word),
		Hint: fmt.Sprintf("add %s to @permissions", word),
	}}
	if c.Permission == subjectEnv {
		v.Hint = fmt.Sprintf("add @env %s to the header", c.Value)
	}
	return v
}
