// Package run is the commands that run code once: run and eval.
package run

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/scriptname"
)

// RunOptions are what `crisphost run` takes.
type RunOptions struct {
	codeOptions
	file  string
	root  string
	event eventOptions
	// timeoutSet tells that --timeout was given and goes before the header's.
	timeoutSet bool
}

// NewCmdRun returns the command run. A run that is not nil takes the place of what the command does, for tests.
func NewCmdRun(f *cmdutil.Factory, run func(context.Context, *RunOptions) error) *cobra.Command {
	if run == nil {
		run = runScript
	}
	o := &RunOptions{codeOptions: newCodeOptions(f), event: eventOptions{example: f.Example}}
	cmd := &cobra.Command{
		Use:   "run [flags] FILE|- [ARGS]",
		Short: "Run a script",
		Long: `Runs a script to its end. FILE ends in ` + scriptname.Extensions() + `; "-" reads the script from standard input.

Arguments after FILE are passed to the script as args. The header of the script may set a timeout (@timeout), which
--timeout overrides, name the environment variables that it reads (@env), and list what it may do (@permissions); without
@permissions a script may do everything but fetch. --allow, --deny and --read-only narrow that further, and --allow-host adds a
host for fetch. ` + "`crisphost help permissions`" + ` lists the words.

--event runs a script that has @on as if an event had come: an example of it, which -f changes, or one that a file has. With --sandbox
the example is about a conversation, an operator and messages that are there, and a message is added to its conversation. The condition
of @on must be met. The script finds the payload in event, or with @batch a list of it in events.

A script can start itself: "#!/usr/bin/env -S crisphost run" as its first line, and chmod +x.`,
		Example: `  crisphost run --sandbox inbox-report.lua
  crisphost run --timeout 2m tag.ts -- --dry
  crisphost run --sandbox --event message:send -f content="Are you open?" out-of-hours.lua
  echo 'print(crisp.visitors.count())' | crisphost run -l lua -`,
		Args: usage.Between(1, 1<<20, "a script to run"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return []string{"lua", "js", "mjs", "cjs", "ts", "mts", "cts"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file, o.args = args[0], args[1:]
			if len(o.args) > 0 && o.args[0] == "--" {
				o.args = o.args[1:]
			}
			o.timeoutSet = cmd.Flags().Changed("timeout")
			if err := o.check(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	// Behind the file everything is the script's, so that scripts can have flags.
	cmd.Flags().SetInterspersed(false)
	o.register(cmd, "script", " (default the header's @timeout)", "default by the file's name, js for -")
	o.event.register(cmd.Flags())
	cmd.Flags().StringVar(&o.root, "root", "", "`directory` that the script may import from (default the nearest with package.json or node_modules)")
	return cmd
}

func runScript(ctx context.Context, o *RunOptions) error {
	language, err := source.ParseLanguage(o.language)
	if err != nil {
		return err
	}
	if o.timeoutSet { // reading counts too: a pipe may never end
		var cancel context.CancelFunc
		ctx, cancel = o.withTimeout(ctx, o.timeout)
		defer cancel()
	}
	src, err := source.Read(ctx, o.io.In, o.file, language, o.root)
	if err != nil {
		return err
	}
	header, err := permissions.ReadHeader(src)
	if err != nil {
		return err
	}
	defer o.watch()()
	conn, err := o.connect.ConnectOnUse(ctx)
	if err != nil {
		return err
	}
	conn.Missing = misplacedFlag(conn.Missing, o)
	defer conn.Close()
	event, err := o.event.find(ctx, conn, src.Name, header)
	if err != nil {
		return err
	}
	x := execution{event: event, batch: header.Batch != nil, language: src.Language, args: o.args, stdin: o.file != "-", store: resources.StoreOf(o.file), memory: o.memory}
	if x.engine, err = source.Engine(); err != nil {
		return err
	}
	if x.permissions, err = o.permissions.OfScript(x.engine.Vocabulary(), src, header); err != nil {
		return err
	}
	if x.vars = variablesOf(event); len(x.vars) > 0 {
		var words []string
		for name := range x.vars {
			words = append(words, "env:"+name)
		}
		if x.permissions, err = x.permissions.With(words...); err != nil {
			return err
		}
	}
	if !o.timeoutSet {
		var cancel context.CancelFunc
		ctx, cancel = o.withTimeout(ctx, header.Timeout)
		defer cancel()
	}
	// An error in the script shows without credentials.
	if x.program, err = x.engine.Compile(ctx, src); err != nil {
		return err
	}
	x.name = x.program.Name()
	return o.execute(ctx, conn, x)
}

// misplacedFlag explains missing credentials by a --sandbox that stands behind the file.
func misplacedFlag(err error, o *RunOptions) error {
	var usage *usage.Error
	if slices.Contains(o.args, "--sandbox") && errors.As(err, &usage) {
		usage.Hint = "--sandbox stands behind " + o.file + ", so it belongs to the script: write crisphost run --sandbox " + o.file
	}
	return err
}
