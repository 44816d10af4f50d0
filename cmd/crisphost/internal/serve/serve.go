//go:build unix

// Package serve is the command that runs a host of scripts.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/webhooks"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

// Options are what `crisphost serve` takes.
type Options struct {
	io      *streams.IO
	env     settings.Env
	hangups *signals.Hangups

	connect   connect.Options
	dir       string
	database  string
	addr      string
	tokenFile string
	noLogin   bool
	proxies   proxies
	// userHeader is where a proxy names the person.
	userHeader string
	name       string
	workers    int
	timeout    time.Duration
	drain      time.Duration
	keepAge    limits.Age
	keepRuns   int
	rate       float64
	logFormat  string
	logLevel   slog.Level
	limits     limits.Options
	hooks      webhooks.Options
	// followLinks allows links that lead out of the directory.
	followLinks bool
	quotas      quotas
	// reread reads the flags and the configuration file again.
	reread func() (*Options, error)
}

func newOptions(f *cmdutil.Factory) *Options {
	return &Options{io: f.IO, env: f.Env, hangups: f.Hangups, connect: connect.New(f)}
}

// NewCmdServe returns the command serve. A run that is not nil takes the place of what the command does, for tests.
func NewCmdServe(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = serve
	}
	o := newOptions(f)
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Run a directory of scripts on their schedules",
		Long: `Runs the scripts of a directory, by default the current one, on the schedules that their headers name, until Ctrl-C or SIGTERM. Saved
changes are picked up within a moment; a broken script stays on its last good version, and ` + "`crisphost scripts`" + ` shows why.

A web page shows what runs, by default at http://127.0.0.1:8686. It asks for a token: the host makes one in its state directory, and logs an
address that logs in once; ` + "`crisphost open`" + ` prints another. With --token-file, each line of the file is name:token, or name:token:read for
somebody who changes nothing; names stand beside what people did. A file with one bare token will do.

Runs and their logs are kept in a database: a SQLite file for one host, or PostgreSQL for several that share the work. The
commands scripts, runs, logs, trigger, pause, resume and cancel use the same database.

On SIGTERM, runs have the time of --drain to finish; those that are left begin again at the next start. SIGHUP reloads credentials and
settings. Every flag below can be set in the configuration file's [serve] table, with _ for -; --env is allow_env there.

The operator decides what headers may ask for: --env, --max-memory, --max-timeout and --permissions. A script whose header asks for
more is broken. Unless --env or allow_env names them, scripts read no environment variables:

  [serve]
  max_memory = "512MiB"
  max_timeout = "30m"
  allow_env = ["SLACK_URL", "CRM_*"]
  permissions = ["conversations:read", "people", "store", "fetch:*.example.com"]`,
		Example: `  crisphost serve --sandbox scripts
  crisphost serve --db postgres://crisphost@db.internal/crisphost --addr 0.0.0.0:8686 --token-file token scripts`,
		Args: usage.Between(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.dir = "."; len(args) > 0 {
				o.dir = args[0]
			}
			if err := o.connect.CheckFlags(cmd); err != nil {
				return err
			}
			given := cmd.Flags()
			if err := limits.Apply(f.Env, given); err != nil {
				return err
			}
			o.reread = func() (*Options, error) { return reread(f, o, given) }
			if err := o.check(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return cmd
}

func (o *Options) register(cmd *cobra.Command) {
	o.connect.Register(cmd)
	o.keepAge = limits.Age(30 * 24 * time.Hour)
	flags := cmd.Flags()
	flags.StringVar(&o.database, "db", "", "database `address`, sqlite:PATH or postgres://... "+hostdb.Default)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8686", "`address` of the web page and of /metrics; port 0 is any free one, \"off\" disables the page")
	flags.StringVar(&o.tokenFile, "token-file", "", "`file` with the token that people log in with, or lines of name:token; needed unless --addr is loopback (default $"+limits.EnvToken+", then one that the host makes in its state directory)")
	flags.BoolVar(&o.noLogin, "no-login", false, "let everybody on this machine see the page and act on it")
	flags.Var(&o.proxies, "trusted-proxy", "`addresses` of proxies, beside this machine's, whose X-Forwarded-For is believed, such as 10.0.0.0/8; repeatable")
	flags.StringVar(&o.userHeader, "user-header", "", "`header` in which such a proxy names the person, for the history, such as X-Forwarded-User")
	flags.StringVar(&o.name, "name", "", "the host's name among several (default the machine's)")
	flags.IntVar(&o.workers, "workers", 8, fmt.Sprintf("runs at the same time, 1 to %d", schedule.MaxWorkers))
	flags.DurationVar(&o.timeout, "timeout", time.Hour, "limit of runs without @timeout; 0 is no limit")
	flags.DurationVar(&o.drain, "drain", 30*time.Second, "how long runs may continue after SIGTERM")
	flags.Var(&o.keepAge, "keep-age", "how long ended runs are kept, such as 30d or 12h; 0 is forever")
	flags.IntVar(&o.keepRuns, "keep-runs", 1000, "how many ended runs of each script are kept; 0 is all")
	flags.Float64Var(&o.rate, "rate", 0, "API requests per second that all runs of the host may send together; 0 is no limit")
	flags.StringVar(&o.logFormat, "log-format", "text", "how the host logs on standard error: text or json")
	flags.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "least `level` of what is logged: debug, info, warn or error")
	flags.BoolVar(&o.followLinks, "follow-symlinks", false, "allow symbolic links that lead out of the directory of scripts")
	o.limits.Register(flags)
	o.hooks.Register(flags)
	o.quotas.register(flags)
	_ = cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
}

// maxRate is more than any API answers.
const maxRate = 1e6

// check refuses what cannot be meant.
func (o *Options) check() error {
	for _, n := range []struct {
		flag  string
		bad   bool
		value any
		takes string
	}{
		{"workers", o.workers < 1 || o.workers > schedule.MaxWorkers, o.workers, fmt.Sprintf("it is a number from 1 to %d", schedule.MaxWorkers)},
		{"timeout", o.timeout < 0, o.timeout, "it is a duration such as 90s or 10m, or 0 for none"},
		{"drain", o.drain < 0, o.drain, "it is a duration such as 30s, or 0"},
		{"keep-runs", o.keepRuns < 0, o.keepRuns, "it is a number from 0, for all, on"},
		{"rate", !(o.rate >= 0 && o.rate <= maxRate), o.rate, fmt.Sprintf("it is a number from 0, for no bound, to %d", int(maxRate))},
	} {
		if n.bad {
			return &usage.Error{Problem: fmt.Sprintf("--%s %v is out of range", n.flag, n.value), Hint: n.takes}
		}
	}
	if err := o.hooks.Check(); err != nil {
		return err
	}
	return o.quotas.check()
}

// server is a host with its web page.
type server struct {
	options *Options
	log     *slog.Logger
	level   *slog.LevelVar
	conn    *connect.Connection
	host    *host.Host
	// rtm is where the host hears events.
	rtm *eventSource
	// hooks receives web hooks, or is nil.
	hooks *webhooks.Receiver
	// client is that of conn, for those who only count.
	client atomic.Pointer[crisp.Client]
}

func serve(ctx context.Context, o *Options) (err error) {
	s := &server{options: o, level: &slog.LevelVar{}}
	s.level.Set(o.logLevel)
	if s.log, err = hostLogger(o.io.Err, o.logFormat, s.level); err != nil {
		return err
	}
	config := host.Config{
		Directory: o.dir, Logger: s.log, Limits: o.limits.Limits(),
		Schedule: schedule.Config{Name: o.name, Workers: o.workers, Timeout: o.timeout, Retention: o.retention(), Logs: o.quotas.logs()},
		Quotas:   o.quotas.host(),
	}
	if config.Library, err = source.Library(o.dir); err != nil {
		return err
	}
	config.Engine, config.Library.FollowLinks = config.Library.Engine, o.followLinks
	if s.conn, err = s.connect(ctx, o); err != nil {
		return err
	}
	defer func() { s.conn.Close() }()
	if s.rtm, err = s.newEvents(s.conn); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.rtm.Close()) }()
	config.Events = s.rtm
	dir, err := settings.StateDir(o.env)
	if err != nil {
		return err
	}
	if config.Library.CacheFile, config.Library.CacheKey, err = source.CompileCache(dir, o.dir); err != nil {
		return err
	}
	config.Workers = worker.Options{
		Client: s.conn.Client, WebsiteID: s.conn.Credentials.WebsiteID,
		Files: filepath.Join(dir, "files"), Bundles: filepath.Join(dir, "bundles"),
		FilesLimit: int64(o.quotas.filesSize), Answers: int64(o.quotas.answerSize),
	}
	config.LookupEnv = o.env
	tracing, err := s.startTracing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tracing.Close(context.WithoutCancel(ctx))) }()
	database := hostdb.Options{Env: o.env, Address: o.database, Sandbox: o.connect.Sandbox}
	address, err := database.Resolve()
	if err != nil {
		return err
	}
	if left := database.LeftAlone(); left != "" {
		s.log.Warn("demo data has a database of its own: another one is used only if --db names it",
			slog.String("not_used", left), slog.String("database", hostdb.ShowAddress(address)))
	}
	page, err := s.newPage(ctx)
	if err != nil {
		return err
	}
	defer page.close()
	if config.DB, err = hostdb.Make(ctx, o.env, address); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, config.DB.Close()) }()
	s.client.Store(s.conn.Client)
	metrics := telemetry.NewMetrics(s.sources(config.DB))
	config.Telemetry = telemetry.Telemetry{Metrics: metrics, Tracing: tracing}
	page.options.Metrics = metrics.Handler()
	if s.host, err = host.Start(ctx, config); err != nil {
		return hostError(address, err)
	}
	if s.hooks, err = webhooks.Open(ctx, o.env, o.hooks, s.log, s.host.Hook); err != nil {
		return errors.Join(err, s.host.Close(ctx))
	}
	defer s.hooks.Close()
	if err := page.start(s.host, s.hooks); err != nil {
		return errors.Join(err, s.host.Close(ctx))
	}
	s.log.Info("the host is ready", slices.Concat([]any{
		slog.Int("scripts", s.host.Counts().Total), slog.String("directory", s.host.Directory()), slog.String("database", hostdb.ShowAddress(address)),
	}, page.attrs(), s.hookAttrs(page))...)
	defer s.checkLater(ctx, s.conn)()
	return errors.Join(s.follow(ctx, page), s.end(ctx, page))
}

// checkLater tells in the log when the API refuses the credentials. A host starts without it: the API may be away for a while.
func (s *server) checkLater(ctx context.Context, conn *connect.Connection) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := connect.Check(ctx, conn.Client, conn.Credentials); err != nil && ctx.Err() == nil {
			s.log.Error("the credentials could not be checked", slog.Any("error", err), slog.String("credentials", conn.Credentials.Source))
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// connect makes the client of all runs.
func (s *server) connect(ctx context.Context, o *Options) (*connect.Connection, error) {
	connect := o.connect
	if o.rate > 0 {
		connect.Extra = append(connect.Extra, crisp.WithRateLimit(rate.Limit(o.rate), max(1, int(o.rate))))
	}
	conn, err := connect.Connect(ctx)
	streams.CatchLog(s.log, slog.LevelWarn)
	return conn, err
}

// follow waits until the host is to end.
func (s *server) follow(ctx context.Context, page *page) error {
	hangups := s.options.hangups.Follow()
	failed := s.hooks.Failed()
	for {
		select {
		case <-ctx.Done():
			s.log.Info("the host shuts down when its runs have ended", slog.Any("cause", context.Cause(ctx)), slog.Duration("drain", s.options.drain))
			return nil
		case err := <-page.failed:
			return fmt.Errorf("the web page: %w", err)
		case err := <-failed:
			return fmt.Errorf("the address for web hooks: %w", err)
		case <-hangups:
			if err := s.reload(ctx, page); err != nil {
				s.log.Error("the configuration is wrong, nothing was changed", slog.Any("error", err))
			}
		}
	}
}

// end lets runs come to their end, which the page shows.
func (s *server) end(ctx context.Context, page *page) error {
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.drain)
	defer cancel()
	err := s.host.Close(drain)
	page.close()
	s.log.Info("the host has ended")
	return err
}

func (o *Options) retention() state.Retention {
	return state.Retention{Age: time.Duration(o.keepAge), Count: o.keepRuns}
}

// hostError explains why a host does not start.
func hostError(address string, err error) error {
	if errors.Is(err, schedule.ErrServed) {
		return &usage.Error{Problem: hostdb.ShowAddress(address) + ": " + schedule.ErrServed.Error(), Hint: "--db names another file", Err: err}
	}
	if directory := new(host.DirectoryError); errors.As(err, &directory) {
		return &usage.Error{Problem: err.Error(), Hint: "see that the host's user may read the directory of scripts", Err: err}
	}
	return hostdb.Explain(address, err)
}

// hostLogger logs as a server does: with the time, for people or for programs.
func hostLogger(w io.Writer, format string, level slog.Leveler) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, &usage.Error{Problem: fmt.Sprintf("unknown --log-format %q", format), Hint: "it is text or json"}
}
