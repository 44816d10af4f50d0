// Package check is the command that checks a directory of scripts.
package check

import (
	"context"
	"errors"
	"fmt"
	"os"

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
	limits limits.Options
}

// Report is the output of `crisphost check --json`.
type Report struct {
	// Scripts counts them, those with problems included.
	Scripts  int       `json:"scripts"`
	Problems []Problem `json:"problems"`
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
at run time are not found. The exit code is 3 if there are problems.

Headers are checked against the limits of ` + "`crisphost serve`" + `, from the same flags and the configuration file's [serve] table.

Scripts are files that end in ` + scriptname.Extensions() + `; case does not matter. Others, such as .tsx and
declarations (.d.ts), are skipped. So are directories named lib or node_modules, and files and directories whose names start
with "_" or ".": these are there to be imported.`,
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
			return run(cmd.Context(), o)
		},
	}
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
	options.Limits = o.limits.Limits()
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
	show := showProblems
	if o.json {
		show = printProblems
	}
	if err := show(o.io, len(list), problems); err != nil {
		return err
	}
	if len(problems) == 0 {
		return nil
	}
	broken := map[string]bool{}
	for _, p := range problems {
		broken[p.Script] = true
	}
	return &Error{problems: len(problems), broken: len(broken), scripts: len(list)}
}

func showProblems(io *streams.IO, total int, problems []scripts.Problem) error {
	for _, p := range problems {
		shown := engine.Error{Position: p.Position, Message: p.Message, Hint: p.Hint, SourceLine: p.SourceLine}
		if err := shown.Format(io.Out, io.ColorOut); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return nil
	}
	_, err := fmt.Fprintf(io.Out, "%s, no problems\n", words.Count(total, "script"))
	return err
}

func printProblems(io *streams.IO, total int, problems []scripts.Problem) error {
	report := Report{Scripts: total, Problems: make([]Problem, 0, len(problems))}
	for _, p := range problems {
		report.Problems = append(report.Problems, Problem{
			Kind: string(p.Kind), Script: p.Script, File: p.File, Line: p.Line, Column: p.Column,
			Message: p.Message, Hint: p.Hint, SourceLine: p.SourceLine,
		})
	}
	return io.PrintJSON(report)
}
