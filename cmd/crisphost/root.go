package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/account"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/api"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/check"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/events"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/help"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/manage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/run"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/sandbox"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/serve"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/shell"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/version"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// root is the command tree.
type root struct {
	command *cobra.Command
}

const rootLong = `crisphost runs Lua, JavaScript and TypeScript scripts against Crisp (crisp.chat).

  crisphost run --sandbox report.lua      try a script on demo data, nothing to set up
  crisphost login                         store the credentials of a workspace
  crisphost run report.lua                run the script on it
  crisphost serve scripts                 run a directory of scripts on their schedules
  crisphost help conversations.list       read about a call

Exit codes: 0 done, 1 the script failed, 2 usage or configuration, 3 a script has errors,
4 credentials refused, 5 the API failed, 124 timed out, 130 interrupted.`

func newRoot(f *cmdutil.Factory) *root {
	f.Example = events.Example
	cmd := &cobra.Command{
		Use:           "crisphost",
		Short:         "Run scripts against Crisp",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		// With Args set, cobra leaves unknown commands to RunE.
		Args: cobra.ArbitraryArgs,
	}
	var showVersion bool
	cmd.Flags().BoolVar(&showVersion, "version", false, "print the version")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if showVersion {
			return version.Print(cmd.Context(), &version.Options{IO: f.IO})
		}
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownCommand(cmd, args[0])
	}
	cmd.SetIn(f.IO.In)
	cmd.SetOut(f.IO.Out)
	cmd.SetErr(f.IO.Err)
	cmd.SetFlagErrorFunc(usage.FlagError)
	addGroup(cmd, "Scripts:",
		run.NewCmdRun(f, nil),
		run.NewCmdEval(f, nil),
		shell.NewCmdREPL(f, nil),
		check.NewCmdCheck(f, nil),
	)
	addGroup(cmd, "A host that runs scripts on schedules:", append([]*cobra.Command{serve.NewCmdServe(f, nil)}, manage.Commands(f)...)...)
	addGroup(cmd, "Crisp:",
		account.NewCmdLogin(f, nil),
		account.NewCmdStatus(f, nil),
		account.NewCmdLogout(f, nil),
		api.NewCmdAPI(f, nil),
		events.NewCmdListen(f, nil),
		events.NewCmdEmit(f, nil),
		sandbox.NewCmdSandbox(f, nil),
	)
	cmd.AddCommand(version.NewCmdVersion(f, nil))
	cmd.SetHelpCommand(help.NewCmdHelp(f))
	return &root{command: cmd}
}

// addGroup adds commands that the help shows together.
func addGroup(cmd *cobra.Command, title string, commands ...*cobra.Command) {
	cmd.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	cmd.AddCommand(commands...)
}

// run runs a command line.
func (r *root) run(ctx context.Context, args []string) error {
	if len(args) > 0 && isScriptFile(args[0]) {
		// "#!/usr/bin/env crisphost" gives the script as the first argument.
		args = append([]string{"run", "--"}, args...)
	}
	r.command.SetArgs(args)
	err := r.command.ExecuteContext(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) && !errors.As(err, new(*engine.Error)) {
		// A database tells that the context has ended, but not why.
		return context.Cause(ctx)
	}
	return err
}

// isScriptFile reports whether an argument names an existing script, so that it cannot be a subcommand.
func isScriptFile(arg string) bool {
	if _, err := engine.LanguageOf(arg); err != nil {
		return false
	}
	info, err := os.Stat(arg)
	return err == nil && !info.IsDir()
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	hint := "commands are " + strings.Join(names, ", ")
	if near := nearest.To(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	if _, err := engine.LanguageOf(name); err == nil {
		return source.NotFound(name)
	}
	return &usage.Error{Problem: fmt.Sprintf("unknown command %q", name), Hint: hint}
}
