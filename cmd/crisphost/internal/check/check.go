// Package check is the command that checks a directory of scripts.
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scriptname"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts"
)

// Options are what `crisphost check` takes.
type Options struct {
	io     *streams.IO
	env    settings.Env
	dir    string
	json   bool
	next   int
	follow bool
	limits limits.Options
}

// Report is the output of `crisphost check --json`.
type Report struct {
	// Scripts counts them, those with problems included.
	Scripts  int       `json:"scripts"`
	Problems []Problem `json:"problems"`
	// Next and Events are there with --next.
	Next   []Due     `json:"next,omitempty"`
	Events []Trigger `json:"events,omitempty"`
}

// Problem is a problem of a script in the output of `crisphost check --json`.
type Problem struct {
	// Kind is header, compile, name, permission, call or file.
	Kind   string `json:"kind"`
	Script string `json:"script"`
	// File is the path below the directory; Line and Column count from 1.
	File       string `json:"file"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	Message    string `json:"message"`
	Hint       string `json:"hint,omitempty"`
	SourceLine string `json:"source_line,omitempty"`
	// Warning tells that the script runs, though perhaps not as it was meant.
	Warning bool `json:"warning,omitempty"`
}

// Error tells that scripts have problems, which were shown already.
type Error struct {
	problems, broken, scripts int
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s in %d of %s", words.Count(e.problems, "problem"), e.broken, words.Count(e.scripts, "script"))
}

// NewCmdCheck returns the command check. A run that is not nil takes the place of what the command does, for tests.
func NewCmdCheck(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = checkScripts
	}
	o := &Options{io: f.IO, env: f.Env}
	cmd := &cobra.Command{
		Use:   "check [DIR|FILE]",
		Short: "Check a directory of scripts, or one script",
		Long: `Checks all scripts of a directory and below it, or one script, without running them: their headers, whether they compile with what they import,
whether two have the same name, and whether their calls exist and are allowed by their @permissions. Calls that a script builds
at run time are not found. The exit code is 3 if there are problems other than warnings.

--next 5 shows when each schedule is due the next five times, in its time zone, and which events start scripts. By default neither is shown. An expression with both
a day of the month and a day of the week is a warning: either counts, as in cron, unless one begins with "*", when both must fit.

Headers are checked against the limits of ` + "`crisphost serve`" + `, from the same flags and the configuration file's [serve] table.

Scripts are files that end in ` + scriptname.Extensions() + `; case does not matter. Others, such as
declarations (.d.ts), are skipped, those that end in .tsx and .jsx with a warning. So are directories named lib or node_modules, and
files and directories whose names start with "_" or ".": these are there to be imported.`,
		Example: `  crisphost check
  crisphost check scripts/report.ts
  crisphost check scripts --json`,
		Args: usage.Between(0, 1, ""),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) > 0 {
				o.dir = args[0]
			}
			if err := limits.Apply(o.env, cmd.Flags()); err != nil {
				return err
			}
			if o.next < 0 || o.next > maxNext {
				return &usage.Error{Problem: fmt.Sprintf("--next %d is out of range", o.next), Hint: fmt.Sprintf("it is a number from 0 to %d", maxNext)}
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().IntVar(&o.next, "next", 0, "show the next `times` of each schedule, as many as given, and the events that start scripts")
	cmd.Flags().BoolVar(&o.follow, "follow-symlinks", false, "allow symbolic links that lead out of the directory, as serve --follow-symlinks does")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	o.limits.Register(cmd.Flags())
	return cmd
}

func checkScripts(ctx context.Context, o *Options) error {
	library, check := source.Library, scripts.Check
	_, notScript := engine.LanguageOf(o.dir)
	info, err := os.Stat(o.dir)
	isFile := err == nil && !info.IsDir() || err != nil && notScript == nil
	if isFile {
		library, check = source.LibraryOf, scripts.CheckFile
	}
	options, err := library(o.dir)
	if err != nil {
		return err
	}
	options.Limits, options.FollowLinks = o.limits.Limits(), o.follow
	stop, err := source.CompileApart(&options)
	if err != nil {
		return err
	}
	list, problems, err := check(ctx, o.dir, options)
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	if len(list) == 0 && isFile {
		return &usage.Error{Problem: o.dir + " is no script of a host", Hint: `files whose names start with "_" or "." are there to be imported`}
	}
	due, err := dueOf(list, o.next, time.Now())
	if err != nil {
		return err
	}
	var triggers []Trigger
	if o.next > 0 {
		triggers = triggersOf(list)
	}
	show := showProblems
	if o.json {
		show = printProblems
	}
	if err := show(o.io, len(list), problems, due, triggers); err != nil {
		return err
	}
	broken, count := map[string]bool{}, 0
	for _, p := range problems {
		if !p.Warning {
			broken[p.Script] = true
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return &Error{problems: count, broken: len(broken), scripts: len(list)}
}

func showProblems(io *streams.IO, total int, problems []scripts.Problem, due []Due, triggers []Trigger) error {
	warnings := 0
	for _, p := range problems {
		shown := engine.Error{Position: p.Position, Message: p.Message, Hint: p.Hint, SourceLine: p.SourceLine}
		if p.Warning {
			warnings++
			shown.Name = "Warning"
		}
		if err := shown.Format(io.Out, io.ColorOut); err != nil {
			return err
		}
	}
	if err := cmp.Or(showDue(io.Out, due), showTriggers(io.Out, triggers)); err != nil || len(problems) > warnings {
		return err
	}
	found := "no problems"
	if warnings > 0 {
		found = words.Count(warnings, "warning")
	}
	_, err := fmt.Fprintf(io.Out, "%s, %s\n", words.Count(total, "script"), found)
	return err
}

func printProblems(io *streams.IO, total int, problems []scripts.Problem, due []Due, triggers []Trigger) error {
	report := Report{Scripts: total, Problems: make([]Problem, 0, len(problems)), Next: due, Events: triggers}
	for _, p := range problems {
		report.Problems = append(report.Problems, Problem{
			Kind: string(p.Kind), Script: p.Script, File: p.File, Line: p.Line, Column: p.Column,
			Message: p.Message, Hint: p.Hint, SourceLine: p.SourceLine, Warning: p.Warning,
		})
	}
	return io.PrintJSON(report)
}
