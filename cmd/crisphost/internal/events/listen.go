package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/discovery"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
	"github.com/crisphost/crisphost/internal/plain"
)

// ListenOptions are what `crisphost listen` takes.
type ListenOptions struct {
	io  *streams.IO
	env settings.Env

	connect connect.Options
	// own asks for a sandbox of its own, of the size of the flags.
	own bool
	// names are the events to listen to, or none for all.
	names     []string
	where     string
	filter    *filter.Filter
	forwardTo string
	secret    string
	json      bool
	count     int
}

// ownLive is how many things a minute happen in a sandbox that only listening uses.
const ownLive = 30

// NewCmdListen returns the command listen. A run that is not nil takes the place of what the command does, for tests.
func NewCmdListen(f *cmdutil.Factory, run func(context.Context, *ListenOptions) error) *cobra.Command {
	if run == nil {
		run = listen
	}
	o := &ListenOptions{io: f.IO, env: f.Env, connect: connect.New(f)}
	// No website token hears everything, and a demo should show everything.
	o.connect.SandboxTier = "user"
	cmd := &cobra.Command{
		Use:   "listen [EVENT...]",
		Short: "Show events as they come",
		Long: `Shows the events of a workspace as they come, until Ctrl-C: those named, or all. A star at the end stands for all that begin with a
name: 'session:*'. With --sandbox, they are those of the newest sandbox that runs on this machine. Where none runs, or with a flag of the
sandbox such as --sandbox --live 30, it is one of its own in which things happen by themselves.

--where shows those whose payload meets a condition: --where 'from == "user" and content contains "invoice"'.

--forward-to posts each event to a URL as Crisp's web hooks do, signed with --secret, and shows the answer. Events that Crisp sends
over RTM only are not forwarded. --json prints each event on a line, as the body of a hook.`,
		Example: `  crisphost listen
  crisphost listen message:send --where 'from == "user"'
  crisphost listen --sandbox --forward-to http://127.0.0.1:3000/hooks`,
		ValidArgsFunction: completeEvents,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd, args); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.where, "where", "", "`condition` that the payload must meet")
	flags.StringVar(&o.forwardTo, "forward-to", "", "`URL` to post each event to, as a signed web hook")
	flags.StringVar(&o.secret, "secret", "", "`secret` that signs what is forwarded (default one that is made and shown)")
	flags.BoolVar(&o.json, "json", false, "print each event as a line of JSON")
	flags.IntVarP(&o.count, "count", "n", 0, "end after so many events; 0 is never")
	o.connect.Register(cmd)
	return cmd
}

func (o *ListenOptions) check(cmd *cobra.Command, args []string) error {
	var err error
	if o.names, err = matchEvents(args); err != nil {
		return err
	}
	if o.where != "" {
		if o.filter, err = compile(o.where, o.names); err != nil {
			return err
		}
	}
	switch {
	case o.count < 0:
		return &usage.Error{Problem: fmt.Sprintf("--count %d is below zero", o.count)}
	case o.forwardTo == "" && cmd.Flags().Changed("secret"):
		return &usage.Error{Problem: "--secret has no effect without --forward-to", Hint: "add --forward-to URL, or remove it"}
	case o.forwardTo != "":
		if err := checkForward(o.forwardTo); err != nil {
			return err
		}
	}
	o.own = o.connect.Demo.Changed(cmd)
	o.connect.Demo.Enliven(cmd, ownLive)
	return o.connect.CheckFlags(cmd)
}

func listen(ctx context.Context, o *ListenOptions) error {
	conn, where, err := o.connection(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	heard, err := o.heardBy(conn.Credentials.Tier)
	if err != nil {
		return err
	}
	l := &listener{options: o, where: where, names: heard}
	l.level.Set(slog.LevelError + 1) // what ends listening before it begins is the error of the command
	if o.connect.Verbose {
		l.level.Set(slog.LevelDebug)
	}
	options := rtm.Options{Logger: streams.Logger(o.io.Err, &l.level)}
	if id := conn.Credentials.WebsiteID; id != "" {
		options.Websites = []string{id}
	}
	client, err := rtm.New(conn.Client, options)
	if err != nil {
		return err
	}
	defer client.Close()
	if o.forwardTo != "" {
		l.forward = newForwarder(ctx, o)
		defer l.forward.close()
	}
	names := append([]string{rtm.Connected}, heard...)
	if len(heard) == 0 {
		names = append(names, rtm.All)
	}
	for event, err := range client.Listen(ctx, names) {
		if err != nil {
			if ctx.Err() != nil {
				return nil // Ctrl-C is how listening ends
			}
			return fmt.Errorf("listening ended: %w", err)
		}
		if more, err := l.take(&event); err != nil || !more {
			return err
		}
	}
	return nil
}

// heardBy returns the events of the command line that tokens of a tier hear, and names the others. It fails if those are all.
func (o *ListenOptions) heardBy(tier spec.Tiers) (heard []string, err error) {
	var unheard []string
	for _, name := range o.names {
		if spec.FindEvent(name).Tiers.Has(tier) {
			heard = append(heard, name)
		} else {
			unheard = append(unheard, name)
		}
	}
	if len(unheard) == 0 {
		return heard, nil
	}
	problem := fmt.Sprintf("tokens of the tier %s do not hear %s", tier, strings.Join(unheard, ", "))
	hint := fmt.Sprintf("%s is for the tier %s: use such a token, and --tier", unheard[0], spec.FindEvent(unheard[0]).Tiers)
	if len(heard) == 0 {
		return nil, &usage.Error{Problem: problem, Hint: hint}
	}
	usage.Print(o.io.Err, "crisphost: "+problem, hint)
	return heard, nil
}

// connection returns a connection and what it is to, in words.
func (o *ListenOptions) connection(ctx context.Context) (*connect.Connection, string, error) {
	if o.connect.Sandbox && !o.own {
		found, err := discovery.Find(o.env)
		if err != nil {
			return nil, "", err
		}
		if len(found) > 0 {
			conn, err := o.connect.ConnectSandbox(found[0].URL)
			return conn, fmt.Sprintf("the sandbox of crisphost %s (process %d)", found[0].Command, found[0].Process), err
		}
	}
	conn, err := o.connect.Connect(ctx)
	switch {
	case err != nil:
		return nil, "", err
	case o.connect.Sandbox:
		return conn, "a sandbox that lives by itself", nil
	case conn.Credentials.WebsiteID != "":
		return conn, "website " + conn.Credentials.WebsiteID, nil
	}
	return conn, "all websites of the token", nil
}

// listener shows events.
type listener struct {
	options *ListenOptions
	where   string
	names   []string
	forward *forwarder
	shown   int
	// level is that of the connection's log lines, which tell when it is lost.
	level slog.LevelVar
}

// take shows an event. It reports whether more are wanted.
func (l *listener) take(event *crisp.Event) (more bool, err error) {
	o := l.options
	if event.Name == rtm.Connected {
		return true, l.connected(event)
	}
	if o.filter != nil {
		met, err := o.filter.Match(event.Data)
		if err != nil {
			fmt.Fprintf(o.io.Err, "crisphost: --where: %s: %s\n", plain.Line(event.Name), plain.Line(err.Error()))
		}
		if !met {
			return true, nil
		}
	}
	if err := l.print(event); err != nil {
		return false, err
	}
	if l.forward != nil {
		l.forward.send(event)
	}
	l.shown++
	return o.count == 0 || l.shown < o.count, nil
}

// connected tells when listening begins, and what was missed before it began again.
func (l *listener) connected(event *crisp.Event) error {
	var data rtm.ConnectedData
	if err := json.Unmarshal(event.Data, &data); err != nil {
		return err
	}
	if data.Gap != nil {
		const clock = "15:04:05"
		fmt.Fprintf(l.options.io.Err, "crisphost: connected again; what happened from %s to %s was not heard\n",
			time.UnixMilli(data.Gap.Since).Format(clock), time.UnixMilli(data.Gap.Until).Format(clock))
		return nil
	}
	l.level.Set(min(l.level.Level(), slog.LevelWarn))
	what := "all events"
	if n := len(l.names); n > 5 {
		what = fmt.Sprintf("%d events", n)
	} else if n > 0 {
		what = strings.Join(l.names, ", ")
	}
	fmt.Fprintf(l.options.io.Err, "crisphost: listening to %s of %s; Ctrl-C ends it\n", what, l.where)
	return nil
}

func (l *listener) print(event *crisp.Event) error {
	o := l.options
	if o.json {
		line, err := streams.JsonLine(json.RawMessage(hookBody(event)))
		if err == nil {
			_, err = fmt.Fprintln(o.io.Out, line)
		}
		return err
	}
	at, name := event.Time.Local().Format("15:04:05"), plain.Line(event.Name)
	text := eventtext.Summary(event.Name, event.Data)
	if columns := o.io.Columns(); columns > 0 {
		text = plain.Cut(text, max(20, columns-len(at)-len(name)-len("  ")*2))
	}
	_, err := fmt.Fprintf(o.io.Out, "%s  %s  %s\n",
		streams.Paint(o.io.ColorOut, streams.Dim, at), streams.Paint(o.io.ColorOut, streams.Cyan, name), text)
	return err
}
