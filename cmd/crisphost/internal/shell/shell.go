// Package shell is the command that starts the interactive shell.
package shell

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/waiting"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl"
)

// Options are what `crisphost repl` takes.
type Options struct {
	io    *streams.IO
	env   settings.Env
	abort func(error)

	connect     connect.Options
	files       []string
	language    string
	permissions permissions.Options
	norc        bool
	yes         bool
	goOn        bool
	memory      int
}

// NewCmdREPL returns the command repl. A run that is not nil takes the place of what the command does, for tests.
func NewCmdREPL(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = runREPL
	}
	o := &Options{io: f.IO, env: f.Env, abort: f.Abort, connect: connect.New(f)}
	cmd := &cobra.Command{
		Use:   "repl [flags] [FILE...]",
		Short: "Explore an inbox interactively",
		Long: `Starts a shell in JavaScript or Lua: type crisp.conversations.list() and see a table. Tab completes, .help lists the commands.
Each FILE is loaded first.

On a live website, calls that delete something or send a message to people ask for confirmation first; --yes skips the question.

If standard input is not a terminal, its statements are evaluated one by one and their values printed. The first one that fails ends
the shell with exit code 1, unless --continue is given.`,
		Example: `  crisphost repl --sandbox
  crisphost repl -l lua helpers.lua
  echo 'crisp.visitors.count()' | crisphost repl --sandbox`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"lua", "js", "mjs", "cjs", "ts", "mts", "cts"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = args
			if err := resources.CheckMemory(cmd, &o.memory); err != nil {
				return err
			}
			if err := o.connect.CheckFlags(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	o.permissions.Register(flags, "shell")
	flags.BoolVar(&o.norc, "norc", false, "do not load the rc file (replrc in the configuration directory)")
	flags.BoolVar(&o.yes, "yes", false, "make calls that delete or send on a live website without asking")
	flags.BoolVar(&o.goOn, "continue", false, "continue after a statement on standard input that failed")
	resources.RegisterMemory(cmd, &o.memory)
	source.RegisterLanguage(cmd, &o.language, "language to start with: lua, js or ts (default js, or the first FILE's)")
	o.connect.Register(cmd)
	return cmd
}

func runREPL(ctx context.Context, o *Options) error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	// At the prompt Ctrl-C is a key, and while a call runs it stops the call: the shell handles signals itself.
	ctx = context.WithoutCancel(ctx)
	if o.yes {
		cfg.Safety = repl.SafetyOff
	}
	waits := &waiting.Reason{}
	cfg.Waiting = waits.String
	o.connect.Extra = append(resources.Answers(o.memory), crisp.WithTransport(repl.Transport(crisp.NewTransport())), crisp.WithWatcher(waits.Watcher()))
	conn, err := o.connect.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := o.options(&cfg, conn); err != nil {
		return err
	}
	c := conn.Credentials
	cfg.Client, cfg.WebsiteID = conn.Client, c.WebsiteID
	cfg.Connection = repl.Connection{
		Identifier: c.Identifier, Tier: c.Tier.String(), Source: c.Source, BaseURL: conn.Client.BaseURL(), Sandbox: o.connect.Sandbox,
	}
	if !o.connect.Sandbox {
		cfg.Secrets = []string{c.Key}
	}
	if conn.Verbose {
		cfg.Logger = func(w io.Writer) *slog.Logger { return streams.Logger(w, slog.LevelDebug) }
	}
	err = repl.Run(ctx, cfg)
	var failed *repl.FailedError
	switch {
	case errors.Is(err, repl.ErrTerminated):
		err = &signals.InterruptedError{Signal: syscall.SIGTERM}
	case errors.As(err, &failed):
		err = &usage.ShownError{Err: err}
	}
	return err
}

// config is what does not need a connection.
func (o *Options) config() (repl.Config, error) {
	cfg := repl.Config{
		In: o.io.In, Out: o.io.Out, Err: o.io.Err, Signals: true,
		Logger:   func(w io.Writer) *slog.Logger { return streams.Logger(w, slog.LevelInfo) },
		Terminal: o.terminal(),
		Files:    o.files,
		NoRC:     o.norc,
		Continue: o.goOn,
		Getenv:   o.env.Get,

		Stuck: func(err error) { o.abort(&usage.ShownError{Err: err}) },
	}
	var err error
	if cfg.Engine, err = source.Engine(); err != nil {
		return cfg, err
	}
	if cfg.Language, err = source.ParseLanguage(o.language); err != nil {
		return cfg, err
	}
	if cfg.Language == "" {
		cfg.Language = engine.JavaScript
		if len(o.files) > 0 {
			if language, err := engine.LanguageOf(o.files[0]); err == nil {
				cfg.Language = language
			}
		}
	}
	for _, name := range o.files {
		if err := source.CheckFile(name); err != nil {
			return cfg, err
		}
		if _, err := engine.LanguageOf(name); err != nil {
			return cfg, &usage.Error{Problem: err.Error(), Err: err}
		}
	}
	if cfg.Dir, err = os.Getwd(); err != nil {
		return cfg, err
	}
	if cfg.Root, err = source.Root(cfg.Dir, ""); err != nil {
		return cfg, err
	}
	if cfg.ConfigDir, err = settings.ConfigDir(o.env); err != nil {
		return cfg, err
	}
	return cfg, nil
}

// options adds what sessions and scripts may use.
func (o *Options) options(cfg *repl.Config, conn *connect.Connection) error {
	allowed, err := o.permissions.OfCode(cfg.Engine.Vocabulary())
	if err != nil {
		return err
	}
	env, err := permissions.Env(o.env, allowed)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if conn.Verbose {
		level = slog.LevelDebug
	}
	local := resources.Store(o.env, conn.Scope(), streams.Logger(o.io.Err, level)) // open until the process ends
	cfg.Options = []engine.InstanceOption{
		engine.WithPermissions(allowed), engine.WithFetch(http.DefaultTransport),
		engine.WithMemoryLimit(resources.BoundMemory(o.memory)),
		bindings.WithEnv(env), bindings.WithStores(local.ScriptStore(resources.ReplStore), local.SharedStore()),
	}
	cfg.Events = conn.Events()
	cfg.Script = func(src engine.Source) ([]engine.InstanceOption, time.Duration, error) {
		header, err := permissions.ReadHeader(src)
		if err != nil {
			return nil, 0, err
		}
		allowed, err := o.permissions.OfScript(cfg.Engine.Vocabulary(), src, header)
		if err != nil {
			return nil, 0, err
		}
		env, err := permissions.Env(o.env, allowed)
		if err != nil {
			return nil, 0, err
		}
		own := local.ScriptStore(resources.StoreOf(src.Name))
		return []engine.InstanceOption{
			engine.WithPermissions(allowed), bindings.WithEnv(env), bindings.WithStores(own, local.SharedStore()),
		}, header.Timeout, nil
	}
	if files, err := os.OpenRoot("."); err == nil {
		cfg.Options = append(cfg.Options, bindings.WithFiles(files)) // open until the process ends
	}
	return nil
}

// terminal looks at the process's streams.
func (o *Options) terminal() repl.Terminal {
	in, inFile := o.io.In.(*os.File)
	out, outFile := o.io.Out.(*os.File)
	t := repl.Terminal{Color: o.io.ColorOut}
	if inFile {
		t.Interactive = term.IsTerminal(int(in.Fd()))
	}
	if outFile && term.IsTerminal(int(out.Fd())) {
		name := o.env.Get("TERM")
		t.Editing = t.Interactive && name != "" && name != "dumb"
		size := func() (columns, rows int) {
			columns, rows, err := term.GetSize(int(out.Fd()))
			if err != nil {
				return 0, 0
			}
			return columns, rows
		}
		t.Width = func() int { columns, _ := size(); return columns }
		t.Height = func() int { _, rows := size(); return rows }
	}
	return t
}
