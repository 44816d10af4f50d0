package scripts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/calls"
	"github.com/crisphost/crisphost/internal/words"
)

// ProblemKind tells what a problem is about.
type ProblemKind string

// The kinds of problems.
const (
	ProblemHeader     ProblemKind = "header"
	ProblemCompile    ProblemKind = "compile"
	ProblemName       ProblemKind = "name"       // another script has it
	ProblemPermission ProblemKind = "permission" // a call that @permissions do not allow
	ProblemCall       ProblemKind = "call"       // a call that does not exist
	ProblemFile       ProblemKind = "file"       // it cannot be read
)

// Problem is what Check finds wrong with a script.
type Problem struct {
	engine.Position
	Kind ProblemKind
	// Script is the script's name. The position may be in a file that it imports.
	Script string
	// Message is one line or more without the position.
	Message string
	// Hint tells what to do, or is empty.
	Hint string
	// SourceLine is the line at the position, or empty.
	SourceLine string
}

// Check reads all scripts of a directory, compiles them, and compares the calls in their sources with their @permissions.
// It returns the scripts and the problems, in the order of the scripts' paths and the places in them. It fails if the
// directory cannot be read or ctx ends. Nothing is run: names are followed through assignments, but calls that a script puts
// together otherwise are left to the host's policy.
func Check(ctx context.Context, dir string, options LibraryOptions) ([]*Script, []Problem, error) {
	l, err := newLibrary(dir, options)
	if err != nil {
		return nil, nil, err
	}
	ld := newLoader(l)
	for start := time.Now(); ; {
		found := &tree{files: map[string]os.FileInfo{}, visit: func(string, os.FileInfo) {}, linked: func(string) {}}
		info, err := os.Stat(l.dir)
		if err == nil {
			err = found.walk(l.dir, info, nil)
		}
		if err != nil {
			return nil, nil, err
		}
		again, err := ld.load(ctx, found.files, nil)
		if err != nil {
			return nil, nil, err
		}
		// Somebody may be saving a file just now.
		if again == 0 || time.Since(start) > 2*patience {
			break
		}
		time.Sleep(again)
	}
	var problems []Problem
	for _, s := range l.Scripts() {
		if s.Err != nil {
			problems = append(problems, problemsOf(s)...)
			continue
		}
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		problems = append(problems, l.checkCalls(s)...)
	}
	return l.Scripts(), problems, nil
}

// problemsOf tells a script's error, and all mistakes of a header.
func problemsOf(s *Script) []Problem {
	p := Problem{Kind: ProblemFile, Script: s.Name, Position: engine.Position{File: s.Path}, Message: s.Err.Error()}
	var (
		header  *HeaderError
		compile *engine.Error
		name    *NameError
	)
	switch {
	case errors.As(s.Err, &header):
		var problems []Problem
		for _, e := range header.All() {
			problems = append(problems, Problem{
				Kind: ProblemHeader, Script: s.Name, Position: e.Position, Message: e.Problem, Hint: e.Hint, SourceLine: e.SourceLine,
			})
		}
		return problems
	case errors.As(s.Err, &compile):
		p.Kind, p.Position, p.Message, p.Hint, p.SourceLine = ProblemCompile, compile.Position, compile.Message, compile.Hint, compile.SourceLine
	case errors.As(s.Err, &name):
		p.Kind = ProblemName
	}
	return []Problem{p}
}

// Access reads the header's permissions. It is nil when the header has none, which allows everything but fetch. The error is
// a *HeaderError at the words that mean nothing.
func (h Header) Access() (*policy.Permissions, error) {
	if len(h.Permissions) == 0 {
		return nil, nil
	}
	words := make([]string, len(h.Permissions))
	for i, p := range h.Permissions {
		words[i] = p.word()
	}
	access, err := policy.ParsePermissions(words)
	if err == nil {
		return access, nil
	}
	var wrong *HeaderError
	for next := 0; err != nil; _, err = policy.ParsePermissions(words[next:]) {
		var unknown *policy.WordError
		if !errors.As(err, &unknown) {
			return nil, err
		}
		next += unknown.Word + 1
		wrong = wrong.and(errorAt(h.Permissions[next-1].Position, unknown.Hint, "%s", unknown.Problem))
	}
	return nil, wrong
}

// checkCalls compares the calls of a script and its imports with its permissions. Calls that lack one permission are one problem,
// at the first of them.
func (l *Library) checkCalls(s *Script) []Problem {
	access, err := l.options.Limits.Access(s.Header)
	if err != nil {
		return problemsOf(&Script{Name: s.Name, Path: s.Path, Err: err})
	}
	var problems []Problem
	further := map[string]int{} // by the permission, the index of its problem and one
	counts := map[int]int{}
	for _, file := range sourceFiles(s) {
		list, err := l.callsOf(s, file)
		if err != nil {
			problems = append(problems, problemsOf(&Script{Name: s.Name, Path: l.shownName(file), Err: err})...)
		}
		for _, call := range list {
			p := judge(call, access)
			if p == nil {
				continue
			}
			if i := further[p.mends]; p.mends != "" && i > 0 {
				counts[i-1]++
				continue
			}
			p.Script, p.Position = s.Name, call.Position
			p.SourceLine = lineOf(s.Files[file], call.Line)
			if group, _, _ := strings.Cut(p.mends, ":"); p.mends != "" && group != "fetch" && len(s.Header.Permissions) == 0 {
				// Without @permissions only the operator's bound refuses calls.
				p.Hint = "permissions in the configuration's [serve] table allow " + l.options.Limits.allowed()
			}
			problems = append(problems, p.Problem)
			further[p.mends] = len(problems)
		}
	}
	for i, n := range counts {
		problems[i].Message += fmt.Sprintf(" (and %d more such %s)", n, words.Plural(n, "call"))
	}
	return problems
}

// callsOf finds the calls of host functions in a file of a script. Files of another kind than scripts have none.
func (l *Library) callsOf(s *Script, file string) ([]calls.Call, error) {
	language, err := engine.LanguageOf(file)
	if err != nil {
		return nil, nil //nolint:nilerr // such as JSON
	}
	finder, ok := l.options.Runtimes[language].(calls.Finder)
	if !ok {
		return nil, nil
	}
	src := engine.Source{Name: l.shownName(file), Code: s.Files[file], Language: language}
	list, err := finder.Calls(src, l.options.Modules)
	return slices.DeleteFunc(list, func(c calls.Call) bool { return language == engine.Lua && c.Name == "fetch" }), err
}

// sourceFiles are the files of a script that people wrote for it, the script's own first.
func sourceFiles(s *Script) []string {
	var files []string
	for file := range s.Files {
		hidden := slices.ContainsFunc(strings.Split(path.Dir(file), "/"), func(part string) bool {
			return part == "node_modules" || strings.HasPrefix(part, "..")
		})
		if file != s.Entry && !hidden {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return append([]string{s.Entry}, files...)
}

// shownName is the name of a file below the root as errors have it.
func (l *Library) shownName(file string) string {
	rel, err := filepath.Rel(l.dir, filepath.Join(l.root, filepath.FromSlash(file)))
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

// verdict is a problem with a call.
type verdict struct {
	Problem
	// mends is the permission that would allow the call, or empty.
	mends string
}

// judge returns what is wrong with a call, or nil.
func judge(call calls.Call, access *policy.Permissions) *verdict {
	module, member, _ := strings.Cut(call.Name, ".")
	switch module {
	case "crisp":
		return judgeCrisp(call, access)
	case "fetch":
		return judgeFetch(call, access)
	case "store":
		effect := spec.EffectWrite
		if last := member[strings.LastIndexByte(member, '.')+1:]; last == "get" || last == "list" {
			effect = spec.EffectRead
		}
		if member == "" || ofResult(member) || access.AllowsStore(effect) {
			return nil
		}
		return missing(call.Name, "store")
	}
	return nil
}

// ofResult reports whether a call is one of what another call gave.
func ofResult(name string) bool { return strings.Contains(name, "()") }

func judgeCrisp(call calls.Call, access *policy.Permissions) *verdict {
	name := call.Name
	// A handle on another website has the same calls.
	for {
		rest, ok := strings.CutPrefix(name, "crisp.website().")
		if !ok {
			break
		}
		name = "crisp." + rest
	}
	group, _, nested := strings.Cut(strings.TrimPrefix(name, "crisp."), ".")
	if !nested || ofResult(name) || group == "api" || group == "website_id" || group == "websiteId" {
		return nil
	}
	page, err := bindings.Help(name)
	if parent, ok := functionOf(name); err != nil && ok {
		page, err = bindings.Help(parent)
	}
	if err != nil {
		// The error has the name in the form of help.
		message, hint, _ := strings.Cut(err.Error(), ": ")
		message = strings.Replace(message, "script call", "call", 1)
		return &verdict{Problem: Problem{Kind: ProblemCall, Message: message, Hint: hint}}
	}
	if page.Operation == nil || access.Allows(page.Operation, page.Operation.Effect) {
		return nil
	}
	return missing(name, policy.Needed(page.Operation, page.Operation.Effect))
}

// functionOf returns the function that a method of JavaScript's functions calls or is likely to call later.
func functionOf(name string) (function string, ok bool) {
	for _, method := range [...]string{".call", ".apply", ".bind"} {
		if function, ok = strings.CutSuffix(name, method); ok {
			return function, true
		}
	}
	return "", false
}

func judgeFetch(call calls.Call, access *policy.Permissions) *verdict {
	if call.Name != "fetch" {
		return nil
	}
	hosts := access.Hosts()
	if !call.HasArgument {
		if len(hosts) > 0 {
			return nil
		}
		v := missing("fetch", "fetch:HOST")
		v.Hint = "add fetch: with the host's name to @permissions, such as fetch:api.example.com"
		return v
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, call.Argument, http.NoBody)
	if err != nil || req.URL.Host == "" {
		return nil // the script is told when it runs
	}
	if _, err := engine.AllowHosts(reachable{}, hosts).RoundTrip(req); errors.Is(err, errReachable) { //nolint:bodyclose // nothing is sent, so nothing comes back
		return nil
	}
	return missing("fetch", "fetch:"+hostOf(call.Argument))
}

// reachable stands for the network that an allowed request reaches.
type reachable struct{}

var errReachable = errors.New("the host is allowed")

func (reachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, errReachable }

func missing(call, permission string) *verdict {
	return &verdict{mends: permission, Problem: Problem{
		Kind: ProblemPermission, Message: fmt.Sprintf("%s needs the permission %s", call, permission),
		Hint: fmt.Sprintf("add %s to @permissions", permission),
	}}
}

// hostOf is the host of a URL as permissions name it, with a port that is not the scheme's own, or empty.
func hostOf(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	own := map[string]string{"http": ":80", "https": ":443"}[strings.ToLower(scheme)]
	return strings.ToLower(strings.TrimSuffix(rest, own))
}
