package scripts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	// Warning tells that the script runs, though perhaps not as it was meant.
	Warning bool
}

// Check reads all scripts of a directory, compiles them, and compares the calls in their sources with their @permissions.
// It returns the scripts and the problems, in the order of the scripts' paths and the places in them. It fails if the
// directory cannot be read or ctx ends. Nothing is run: names are followed through assignments, but calls that a script puts
// together otherwise are left to the host's policy.
func Check(ctx context.Context, dir string, options LibraryOptions) ([]*Script, []Problem, error) {
	return check(ctx, dir, "", options)
}

// CheckFile is Check for one script, whatever its name begins with.
func CheckFile(ctx context.Context, file string, options LibraryOptions) ([]*Script, []Problem, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, err
	}
	return check(ctx, filepath.Dir(path), path, options)
}

// check checks the scripts of a directory, or with only the one at that path.
func check(ctx context.Context, dir, only string, options LibraryOptions) ([]*Script, []Problem, error) {
	l, err := newLibrary(dir, options)
	if err != nil {
		return nil, nil, err
	}
	ld := newLoader(l)
	defer ld.end()
	var found *tree
	for start := time.Now(); ; {
		var err error
		if found, err = newTree(l); err != nil {
			return nil, nil, err
		}
		at := l.dir
		if only != "" {
			at = only
		}
		info, err := os.Stat(at)
		switch {
		case err != nil:
		case only != "":
			found.files[only] = info
		default:
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
		isBusy := len(ld.pending()) > 0
		if !isBusy && (again == 0 || time.Since(start) > 2*patience) {
			break
		}
		if again == 0 {
			again = l.options.CompileTimeout
		}
		select {
		case <-ld.ended:
		case <-time.After(again):
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	problems := skippedProblems(found, ld)
	for _, s := range l.Scripts() {
		if s.Err != nil {
			problems = append(problems, problemsOf(s)...)
			continue
		}
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		problems = append(problems, dayWarnings(s)...)
		problems = append(problems, l.checkCalls(s)...)
	}
	return l.Scripts(), problems, nil
}

// dayWarnings tells of schedules with both day fields, which mean one thing to some people and another to others.
func dayWarnings(s *Script) []Problem {
	var warnings []Problem
	for _, schedule := range s.Header.Schedules {
		t, err := ParseSchedule(schedule.Text, s.Header.Timezone)
		if err != nil || t.days == "" {
			continue
		}
		position := schedule.Position
		position.File = s.Path
		warnings = append(warnings, Problem{
			Kind: ProblemHeader, Script: s.Name, Position: position, SourceLine: lineOf(s.Files[s.Entry], position.Line), Warning: true,
			Message: "the schedule sets the day of the month and the day of the week: " + t.days,
			Hint:    "crisphost check --next 5 shows when it is due",
		})
	}
	return warnings
}

// skippedProblems tells what a directory has that cannot be used.
func skippedProblems(found *tree, ld *loader) []Problem {
	var problems []Problem
	for _, path := range slices.Sorted(maps.Keys(found.skipped)) {
		why := found.skipped[path]
		name := ld.name(path)
		problems = append(problems, Problem{
			Kind: ProblemFile, Script: defaultName(name), Position: engine.Position{File: name}, Message: "it " + why.reason, Warning: why.harmless,
		})
	}
	return problems
}

// problemsOf tells a script's error, and all errors of a header.
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

// Access returns what the header asks for, in the words of a vocabulary: its @permissions, or without any everything but what has to
// be named, such as the hosts of fetch; and the variables of its @env. The error is a *HeaderError at the words that mean nothing.
func (h Header) Access(v *engine.Vocabulary) (*engine.Permissions, error) {
	asked := h.asked()
	words := make([]string, len(asked))
	for i, p := range asked {
		words[i] = p.word()
	}
	access, err := v.Parse(words)
	if err == nil && len(h.Permissions) == 0 {
		return v.Everything().With(words...)
	}
	if err == nil {
		return access, nil
	}
	var wrong *HeaderError
	for next := 0; err != nil; _, err = v.Parse(words[next:]) {
		var unknown *engine.WordError
		if !errors.As(err, &unknown) {
			return nil, err
		}
		next += unknown.Word + 1
		wrong = wrong.and(errorAt(asked[next-1].Position, unknown.Hint, "%s", unknown.Problem))
	}
	return nil, wrong
}

// asked returns the words of @permissions, and one for each further variable of @env.
func (h Header) asked() []Permission {
	asked := slices.Clone(h.Permissions)
	for _, name := range h.Env {
		isAsked := slices.ContainsFunc(asked, func(p Permission) bool { return p.Subject == subjectEnv && p.Scope == name })
		if !isAsked {
			asked = append(asked, Permission{Position: h.find("env", name).Position, Subject: subjectEnv, Scope: name})
		}
	}
	return asked
}

// checkCalls compares the calls of a script and its imports with its permissions. Calls that lack one permission are one problem,
// at the first of them.
func (l *Library) checkCalls(s *Script) []Problem {
	access, err := l.options.Limits.Access(l.options.Engine.Vocabulary(), s.Header)
	if err != nil {
		return problemsOf(&Script{Name: s.Name, Path: s.Path, Err: err})
	}
	j := newJudge(l.options.Engine, access)
	var problems []Problem
	further := map[string]int{} // by the permission, the index of its problem and one
	counts := map[int]int{}
	for _, file := range sourceFiles(s) {
		list, err := l.callsOf(s, file)
		j.language(file)
		if err != nil {
			problems = append(problems, problemsOf(&Script{Name: s.Name, Path: l.shownName(file), Err: err})...)
		}
		if file == s.Entry {
			problems = append(problems, eventWarnings(s, list)...)
		}
		for _, call := range list {
			p := j.judge(call)
			if p == nil {
				continue
			}
			if i := further[p.mends]; p.mends != "" && i > 0 {
				counts[i-1]++
				continue
			}
			p.Script, p.Position = s.Name, call.Position
			p.SourceLine = lineOf(s.Files[file], call.Line)
			if p.mends != "" && !p.named && len(s.Header.Permissions) == 0 {
				// Without @permissions only the operator's bound refuses calls.
				p.Message += ", which " + boundName + " does not grant"
				p.Hint = "add " + p.mends + " to " + boundPlace + ", which allow " + l.options.Limits.allowed()
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

// eventWarnings tells of a script that reads an event where it gets none.
func eventWarnings(s *Script, list []calls.Call) []Problem {
	none, hint := map[string]string{}, ""
	switch h := s.Header; {
	case len(h.On) == 0:
		hint = `name an event in the header, such as "@on message:send"`
		none["event"], none["events"] = "no event starts this script", "no event starts this script"
	case h.Batch == nil:
		none["events"], hint = "@batch is what gathers a list", "write event, or add @batch to the header"
	default:
		none["event"], hint = "@batch gives the script a list", "write events"
	}
	for _, call := range list {
		if why := none[call.Name]; why != "" {
			return []Problem{{
				Kind: ProblemCall, Script: s.Name, Position: call.Position, SourceLine: lineOf(s.Files[s.Entry], call.Line), Warning: true,
				Message: call.Name + " is always null: " + why, Hint: hint,
			}}
		}
	}
	return nil
}

// callsOf finds the calls of host functions in a file of a script. Files of another kind than scripts have none.
func (l *Library) callsOf(s *Script, file string) ([]calls.Call, error) {
	language, err := engine.LanguageOf(file)
	if err != nil {
		return nil, nil // such as JSON
	}
	rt, err := l.options.Engine.Runtime(language)
	if err != nil {
		return nil, nil // no script of this engine is in it
	}
	finder, ok := rt.(calls.Finder)
	if !ok {
		return nil, nil
	}
	type outcome struct {
		list []calls.Call
		err  error
	}
	found := make(chan outcome, 1)
	go func() {
		src := engine.Source{Name: l.shownName(file), Code: s.Files[file], Language: language}
		list, err := finder.Calls(src, l.options.Engine.Modules())
		found <- outcome{list, err}
	}()
	timer := time.NewTimer(l.options.CompileTimeout)
	defer timer.Stop()
	select {
	case o := <-found:
		return o.list, o.err
	case <-timer.C: // a parser cannot be stopped
		return nil, &engine.Error{
			Kind: engine.KindCompile, Position: engine.Position{File: l.shownName(file)}, Err: engine.ErrTimeout,
			Message: fmt.Sprintf("finding the calls of the script takes longer than %s", l.options.CompileTimeout),
		}
	}
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
