package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/repl"
	"github.com/crisphost/crisphost/scripts"
)

// replOptions are what `crisphost repl` takes.
type replOptions struct {
	connect  connectOptions
	files    []string
	language string
	env      []string
	hosts    []string
	norc     bool
	yes      bool
	goOn     bool
	memory   int
}

func newREPLCommand(a *app, run func(context.Context, *replOptions) error) *cobra.Command {
	o := &replOptions{}
	cmd := &cobra.Command{
		Use:   "repl [flags] [FILE...]",
		Short: "Explore an inbox interactively",
		Long: `Starts a shell in JavaScript or Lua: type crisp.conversations.list() and see a table. Tab completes, .help lists the commands.
The FILEs are entered first.

On a live website calls that delete, or that reach people, ask before they are made; --yes answers for you.

When standard input is no terminal its statements are evaluated one by one and their values printed. The first one that fails ends
the shell with exit code 1, unless --continue is given.`,
		Example: `  crisphost repl --sandbox
  crisphost repl -l lua helpers.lua
  echo 'crisp.visitors.count()' | crisphost repl --sandbox`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"lua", "js", "mjs", "cjs", "ts", "mts", "cts"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = args
			if err := checkMemory(cmd, &o.memory); err != nil {
				return err
			}
			if err := o.connect.checkFlags(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.env, "env", nil, "environment variable `name` that entries may read; repeatable")
	flags.StringArrayVar(&o.hosts, "allow-host", nil, "`host` that fetch may reach; repeatable")
	flags.BoolVar(&o.norc, "norc", false, "leave the rc file (replrc in the configuration directory) out")
	flags.BoolVar(&o.yes, "yes", false, "make calls that delete or send on a live website without asking")
	flags.BoolVar(&o.goOn, "continue", false, "go on after a statement of standard input that failed")
	registerMemory(cmd, &o.memory)
	registerLanguage(cmd, &o.language, "language to start with: lua, js or ts (default js, or the first FILE's)")
	o.connect.register(a, cmd)
	return cmd
}

func (a *app) repl(ctx context.Context, o *replOptions) error {
	cfg, err := a.replConfig(o)
	if err != nil {
		return err
	}
	// At the prompt Ctrl-C is a key, and while a call runs it stops the call: the shell handles signals itself.
	ctx = context.WithoutCancel(ctx)
	if o.yes {
		cfg.Safety = repl.SafetyOff
	}
	o.connect.extra = []crisp.Option{crisp.WithTransport(repl.Transport(crisp.NewTransport()))}
	conn, err := a.connect(ctx, &o.connect)
	if err != nil {
		return err
	}
	defer conn.close()
	c := conn.credentials
	cfg.Client, cfg.WebsiteID = conn.client, c.websiteID
	cfg.Connection = repl.Connection{
		Identifier: c.identifier, Tier: tierList(c.tier), Source: c.source, BaseURL: conn.client.BaseURL(), Sandbox: o.connect.sandbox,
	}
	if !o.connect.sandbox {
		cfg.Secrets = []string{c.key}
	}
	if conn.verbose {
		cfg.Logger = func(w io.Writer) *slog.Logger { return a.loggerTo(w, slog.LevelDebug) }
	}
	err = repl.Run(ctx, cfg)
	if errors.Is(err, repl.ErrTerminated) {
		err = &interruptedError{syscall.SIGTERM}
	}
	return err
}

// replConfig is what does not need a connection.
func (a *app) replConfig(o *replOptions) (repl.Config, error) {
	cfg := repl.Config{
		In: a.in, Out: a.out, Err: a.err, Signals: true,
		Logger:   func(w io.Writer) *slog.Logger { return a.loggerTo(w, slog.LevelInfo) },
		Terminal: a.replTerminal(),
		Files:    o.files,
		NoRC:     o.norc,
		Continue: o.goOn,
		Getenv:   a.getenv,

		Stuck: func(err error) { os.Exit(exitCode(err)) },
	}
	var err error
	if cfg.Engine, err = engine.New(lua.Language, js.Language, bindings.Modules()); err != nil {
		return cfg, err
	}
	if cfg.Language, err = parseLanguage(o.language); err != nil {
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
		if err := checkFile(name); err != nil {
			return cfg, err
		}
		if _, err := engine.LanguageOf(name); err != nil {
			return cfg, &usageError{problem: err.Error(), err: err}
		}
	}
	if cfg.Dir, err = os.Getwd(); err != nil {
		return cfg, err
	}
	if cfg.Root, err = scriptRoot(cfg.Dir, ""); err != nil {
		return cfg, err
	}
	if cfg.ConfigDir, err = a.configDir(); err != nil {
		return cfg, err
	}
	hosts, err := allowedHosts(o.hosts, scripts.Header{})
	if err != nil {
		return cfg, err
	}
	env, err := a.scriptEnv(o.env)
	if err != nil {
		return cfg, err
	}
	local := a.localStore() // open until the process ends
	cfg.Options = []engine.InstanceOption{
		engine.WithFetch(engine.AllowHosts(nil, hosts)), engine.WithMemoryLimit(boundMemory(o.memory)),
		bindings.WithEnv(env), bindings.WithStores(local.ScriptStore(replStore), local.SharedStore()),
	}
	if files, err := os.OpenRoot("."); err == nil {
		cfg.Options = append(cfg.Options, bindings.WithFiles(files)) // open until the process ends
	}
	return cfg, nil
}

// replTerminal looks at the process's streams.
func (a *app) replTerminal() repl.Terminal {
	in, inFile := a.in.(*os.File)
	out, outFile := a.out.(*os.File)
	t := repl.Terminal{Color: a.colorOut}
	if inFile {
		t.Interactive = term.IsTerminal(int(in.Fd()))
	}
	if outFile && term.IsTerminal(int(out.Fd())) {
		name := a.getenv("TERM")
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

// loggerTo is logger for another stream.
func (a *app) loggerTo(w io.Writer, level slog.Level) *slog.Logger {
	other := *a
	other.err = w
	return other.logger(level)
}
