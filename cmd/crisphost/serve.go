//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// serveOptions are what `crisphost serve` takes.
type serveOptions struct {
	connect   connectOptions
	dir       string
	database  string
	addr      string
	tokenFile string
	name      string
	workers   int
	timeout   time.Duration
	drain     time.Duration
	keepAge   age
	keepRuns  int
	logFormat string
	logLevel  slog.Level
}

func newServeCommand(a *app, run func(context.Context, *serveOptions) error) *cobra.Command {
	o := &serveOptions{keepAge: age(30 * 24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Run a directory of scripts on their schedules",
		Long: `Runs the scripts of a directory, by default the current one, on the schedules that their headers name, until Ctrl-C or SIGTERM. A script
that is saved is live a moment later; one that is broken stays on its last good version, and ` + "`crisphost scripts`" + ` tells why. What runs
is shown on a web page, by default at http://127.0.0.1:8686.

Runs and their logs are kept in a database: a SQLite file for one host, or PostgreSQL for several that share the work. The
commands scripts, runs, logs, trigger, pause, resume and cancel use the same database.

SIGTERM lets runs end for as long as --drain; what is left then begins again at the next start. SIGHUP reads credentials
and settings anew. Every flag below can stand in the configuration file's [serve] table, with _ for -.`,
		Example: `  crisphost serve --sandbox scripts
  crisphost serve --db postgres://crisphost@db.internal/crisphost --addr 0.0.0.0:8686 --token-file token scripts`,
		Args: between(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.dir = "."; len(args) > 0 {
				o.dir = args[0]
			}
			if err := o.connect.checkFlags(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	o.connect.register(a, cmd)
	flags.StringVar(&o.database, "db", "", "database `address`, sqlite:PATH or postgres://... (default $CRISPHOST_DB, then a file in the state directory)")
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8686", "`address` of the web page and of /metrics; port 0 is any free one, \"off\" is none")
	flags.StringVar(&o.tokenFile, "token-file", "", "`file` with the token that people log in with; needed unless --addr is loopback (default $"+envToken+")")
	flags.StringVar(&o.name, "name", "", "the host's name among several (default the machine's)")
	flags.IntVar(&o.workers, "workers", 8, "runs that go at the same time")
	flags.DurationVar(&o.timeout, "timeout", time.Hour, "bound of runs without @timeout; 0 is none")
	flags.DurationVar(&o.drain, "drain", 30*time.Second, "how long runs may go on after SIGTERM")
	flags.Var(&o.keepAge, "keep-age", "how long ended runs are kept, such as 30d or 12h; 0 is forever")
	flags.IntVar(&o.keepRuns, "keep-runs", 1000, "how many ended runs of each script are kept; 0 is all")
	flags.StringVar(&o.logFormat, "log-format", "text", "how the host logs on standard error: text or json")
	flags.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "least `level` of what is logged: debug, info, warn or error")
	_ = cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// serveCommands is the command that runs a host.
func serveCommands(a *app) []*cobra.Command { return []*cobra.Command{newServeCommand(a, a.serve)} }

// server is a host with its web page.
type server struct {
	app    *app
	host   *host.Host
	log    *slog.Logger
	page   *console.Console
	listen net.Listener
}

func (a *app) serve(ctx context.Context, o *serveOptions) (err error) {
	level := &slog.LevelVar{}
	level.Set(o.logLevel)
	log, err := a.hostLogger(o.logFormat, level)
	if err != nil {
		return err
	}
	library, err := libraryOptions(o.dir)
	if err != nil {
		return err
	}
	token, err := a.consoleToken(o.tokenFile)
	if err != nil {
		return err
	}
	conn, err := a.connect(ctx, &o.connect)
	if err != nil {
		return err
	}
	defer conn.close()
	listen, err := listenConsole(o.addr)
	if err != nil {
		return err
	}
	if listen != nil {
		defer listen.Close() // again, when it served
	}
	dir, err := a.stateDir()
	if err != nil {
		return err
	}
	address, err := a.databaseAddress(o.database)
	if err != nil {
		return err
	}
	db, err := a.openDatabase(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &server{app: a, log: log, listen: listen}
	s.host, err = host.Start(ctx, host.Config{
		DB: db, Directory: o.dir, Library: library, Logger: log,
		Workers: worker.Options{
			Client: conn.client, WebsiteID: conn.credentials.websiteID, LookupEnv: a.lookupScriptEnv,
			Files: filepath.Join(dir, "files"), Bundles: filepath.Join(dir, "bundles"),
		},
		Schedule: schedule.Config{
			Name: o.name, Workers: o.workers, Timeout: o.timeout,
			Retention: state.Retention{Age: time.Duration(o.keepAge), Count: o.keepRuns},
		},
	})
	if err != nil {
		return hostError(err)
	}
	return s.serve(ctx, o, token)
}

// serve answers for the web page until the context ends, and ends the host then.
func (s *server) serve(ctx context.Context, o *serveOptions, token string) error {
	served := make(chan error, 1)
	var web *http.Server
	attrs := []any{slog.Int("scripts", s.host.Counts().Total), slog.String("directory", s.host.Directory())}
	if s.listen != nil {
		page, err := console.New(s.host, console.Options{
			Addr: o.addr, Token: token, Directory: s.host.Directory(), Ready: s.host.Ready, Logger: s.log,
		})
		if err != nil {
			return errors.Join(&usageError{problem: err.Error(), hint: "see --token-file in crisphost serve --help", err: err}, s.host.Close(ctx))
		}
		web = &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
		web.RegisterOnShutdown(page.Close)
		go func() { served <- web.Serve(s.listen) }()
		attrs = append(attrs, slog.String("console", "http://"+s.listen.Addr().String()))
	}
	s.log.Info("the host is ready", attrs...)
	var failed error
	select {
	case <-ctx.Done():
		s.log.Info("the host shuts down when its runs have ended", slog.Any("cause", context.Cause(ctx)), slog.Duration("drain", o.drain))
	case failed = <-served:
		failed = fmt.Errorf("the web page: %w", failed)
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.drain)
	defer cancel()
	err := s.host.Close(drain)
	if web != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if web.Shutdown(closing) != nil {
			_ = web.Close() // somebody reads slowly
		}
	}
	s.log.Info("the host has ended")
	return errors.Join(failed, err)
}

// hostError explains why a host does not start.
func hostError(err error) error {
	if errors.Is(err, schedule.ErrServed) {
		return &usageError{problem: err.Error(), hint: "--db names another file", err: err}
	}
	return err
}

// listenConsole opens the address of the web page, or nothing.
func listenConsole(addr string) (net.Listener, error) {
	if addr == "off" || addr == "" {
		return nil, nil
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, &usageError{problem: fmt.Sprintf("--addr %q is not an address", addr), hint: "write host and port, such as 127.0.0.1:8686, or off", err: err}
	}
	listen, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	return listen, nil
}

// envToken is the variable of the console's token.
const envToken = "CRISPHOST_TOKEN"

// consoleToken reads the token that people log in with, or "".
func (a *app) consoleToken(file string) (string, error) {
	if file == "" {
		return strings.TrimSpace(a.getenv(envToken)), nil
	}
	return readKeyFile(file)
}

// lookupScriptEnv reads a variable for a script. The keys of the host are none of its business, whatever its header says.
func (a *app) lookupScriptEnv(name string) (string, bool) {
	switch name {
	case envKey, envToken, envDatabase:
		return "", false
	}
	return a.lookupEnv(name)
}

// hostLogger logs as a server does: with the time, for people or for programs.
func (a *app) hostLogger(format string, level slog.Leveler) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(a.err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.err, options)), nil
	}
	return nil, &usageError{problem: fmt.Sprintf("unknown --log-format %q", format), hint: "it is text or json"}
}

// age is a duration that may be written in days.
type age time.Duration

func (d *age) String() string { return strings.TrimSuffix(time.Duration(*d).String(), "0m0s") }
func (d *age) Type() string   { return "age" }

func (d *age) Set(text string) error {
	days, ok := strings.CutSuffix(text, "d")
	if ok {
		text = days + "h"
	}
	value, err := time.ParseDuration(text)
	if err != nil || value < 0 {
		return errors.New("write it like 30d or 12h")
	}
	if ok {
		value *= 24
	}
	*d = age(value)
	return nil
}
