package manage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// ShowRunOptions are what `crisphost runs show` takes.
type ShowRunOptions struct {
	io       *streams.IO
	database hostdb.Options
	id       string
	json     bool
}

// shownRun is the output of `crisphost runs show --json`: a run as `crisphost runs --json` prints it, with its API calls.
type shownRun struct {
	run      state.Run
	events   []state.Event
	apiCalls []shownCall
}

// MarshalJSON adds the members events and api_calls to those that a run writes itself.
func (r shownRun) MarshalJSON() ([]byte, error) {
	run, err := json.Marshal(r.run)
	if err != nil {
		return nil, err
	}
	calls, err := json.Marshal(r.apiCalls)
	if err != nil {
		return nil, err
	}
	events := []byte{}
	if len(r.events) > 0 {
		if events, err = json.Marshal(r.events); err != nil {
			return nil, err
		}
		events = slices.Concat([]byte(`,"events":`), events)
	}
	return slices.Concat(bytes.TrimSuffix(run, []byte("}")), events, []byte(`,"api_calls":`), calls, []byte("}")), nil
}

type shownCall struct {
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	// Effect is read, write, send or delete.
	Effect string `json:"effect"`
	// Params are the values in the path of a call that is no read.
	Params map[string]string `json:"params,omitempty"`
	// Outcome is done, refused (by Crisp), not sent, or unknown.
	Outcome state.Outcome `json:"outcome"`
	// Status is the HTTP status, or 0 when there was no answer.
	Status int `json:"status"`
	// Reason is Crisp's word for why it failed.
	Reason     string  `json:"reason,omitempty"`
	DurationMS float64 `json:"duration_ms"`
}

func showCall(c *state.APICall) shownCall {
	return shownCall{
		Time: c.Time, Operation: c.Operation, Effect: c.Effect, Params: c.Params, Outcome: c.Outcome(),
		Status: c.Status, Reason: c.Reason, DurationMS: float64(c.Duration.Microseconds()) / 1000,
	}
}

// What `crisphost runs show` prints of long lists.
const (
	shownLines      = 20
	shownOperations = 10
)

// NewCmdShowRun returns the command runs show. A run that is not nil takes the place of what the command does, for tests.
func NewCmdShowRun(f *cmdutil.Factory, run func(context.Context, *ShowRunOptions) error) *cobra.Command {
	if run == nil {
		run = showRun
	}
	o := &ShowRunOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a run",
		Long: fmt.Sprintf(`Shows a run: why it started and how it ended, its error in the source that it ran, its API calls by operation, and the last %d lines of its
log. A beginning or end of the ID is enough where it names one run.`, shownLines),
		Example: `  crisphost runs show 1f2e3d4c
  crisphost runs show 1f2e3d4c --json | jq '.api_calls[] | select(.status >= 400)'`,
		Args: usage.Between(1, 1, "the ID of a run"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeRun(cmd, &o.database, typed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.id = args[0]
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

func showRun(ctx context.Context, o *ShowRunOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := findRun(ctx, db, o.id)
	if err != nil {
		return err
	}
	calls, err := db.Calls(ctx, run.ID)
	if err != nil {
		return err
	}
	events, err := db.EventsOf(ctx, run.ID)
	if err != nil {
		return err
	}
	if o.json {
		shown := shownRun{run: run, events: events, apiCalls: make([]shownCall, 0, len(calls))}
		for _, c := range calls {
			shown.apiCalls = append(shown.apiCalls, showCall(&c))
		}
		return o.io.PrintJSON(shown)
	}
	version, err := db.Version(ctx, run.Version)
	if errors.Is(err, state.ErrNotFound) { // it has not begun, or its version was dropped
		version, err = nil, nil
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	describeRun(&b, run, version, db.Now(), o.io.ColorOut)
	if run.Error != nil {
		b.WriteByte('\n')
		if err := formatRunError(&b, run.Error, version, o.io.ColorOut); err != nil {
			return err
		}
	}
	describeEvents(&b, events, o.io.ColorOut)
	describeCalls(&b, run, calls, o.io.ColorOut)
	if err := describeLog(ctx, o.io, &b, db, run); err != nil {
		return err
	}
	if _, err := io.WriteString(o.io.Out, b.String()); err != nil || run.State.Ended() {
		return err
	}
	return hostdb.WarnWithoutHost(ctx, o.io.Err, db)
}

// describeRun writes the facts of a run.
func describeRun(b *strings.Builder, run state.Run, version *state.Version, now time.Time, color bool) {
	script := plain.Line(run.Script)
	if version != nil {
		script += " (" + plain.Line(version.Entry) + ")"
	}
	rows := [][2]string{
		{"run", plain.Line(run.ID)}, {"script", script}, {"state", streams.Paint(color, stateColor(run.State), string(run.State))},
		{"trigger", describeTrigger(&run)}, {"asked for", moment(run.CreatedAt, now)}, {"started", moment(run.StartedAt, now)},
	}
	if run.State == state.Scheduled && !run.Due.IsZero() {
		rows = append(rows, [2]string{"waits", "until " + moment(run.Due, now)})
	}
	if !run.EndedAt.IsZero() {
		rows = append(rows, [2]string{"ended", moment(run.EndedAt, now)})
	}
	rows = append(rows, [2]string{"took", took(run, now)}, [2]string{"attempt", fmt.Sprint(run.Attempt)})
	if run.Rescues > 0 {
		rows = append(rows, [2]string{"rescues", words.Count(run.Rescues, "time") + " taken over from a host that died"})
	}
	if run.CancelledBy != "" {
		rows = append(rows, [2]string{"cancelled", "by " + plain.Line(run.CancelledBy)})
	}
	rows = append(rows, [2]string{"host", plain.Line(cmp.Or(run.Host, "-"))}, [2]string{"version", plain.Line(cmp.Or(run.Version, "-"))})
	for _, row := range rows {
		fmt.Fprintf(b, "%s  %s\n", streams.Paint(color, streams.Dim, fmt.Sprintf("%-9s", row[0])), row[1])
	}
}

func describeTrigger(run *state.Run) string {
	t := run.Trigger
	text := string(t.Kind)
	switch t.Kind {
	case state.ByHand:
		text = "by hand"
	case state.BySchedule:
		text = "on schedule"
	case state.ByEvent:
		text = "event " + plain.Line(t.Event)
	}
	if t.Key != "" {
		text += ", key " + plain.Line(t.Key)
	}
	if run.Missed {
		text += ", caught up"
	}
	if t.By != "" {
		text += ", by " + plain.Line(t.By)
	}
	if !t.Tick.IsZero() {
		text += ", due " + t.Tick.Local().Format(momentLayout)
	}
	if len(t.Args) > 0 {
		text += ", with"
		for _, arg := range t.Args {
			if arg == "" || strings.ContainsAny(arg, " \t\n\"'") {
				arg = fmt.Sprintf("%q", arg)
			}
			text += " " + plain.Line(arg)
		}
	}
	return text
}

const momentLayout = "2006-01-02 15:04:05 MST"

// moment is a time with how far it is from now.
func moment(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%s (%s)", t.Local().Format(momentLayout), streams.Relative(t, now))
}

// operationCalls are a run's calls of one operation. Those that were refused are not in count: nothing was sent.
type operationCalls struct {
	name                   string
	count, failed, refused int
	took                   time.Duration
}

// describeCalls writes the API calls by operation, those that took longest first.
func describeCalls(b *strings.Builder, run state.Run, calls []state.APICall, color bool) {
	if len(calls) == 0 {
		return
	}
	byName := map[string]*operationCalls{}
	var list []*operationCalls
	var all operationCalls
	writes := 0
	for i := range calls {
		c := &calls[i]
		one := byName[c.Operation]
		if one == nil {
			one = &operationCalls{name: c.Operation}
			byName[c.Operation] = one
			list = append(list, one)
		}
		for _, sum := range []*operationCalls{one, &all} {
			if c.Refused() {
				sum.refused++
				continue
			}
			sum.count++
			sum.took += c.Duration
			if c.Status == 0 || c.Status >= 400 {
				sum.failed++
			}
		}
		if c.Effect != "read" && !c.Refused() {
			writes++
		}
	}
	slices.SortStableFunc(list, func(x, y *operationCalls) int { return cmp.Compare(y.took, x.took) })
	// A run that has ended counted more than are kept, where there were very many.
	fmt.Fprintf(b, "\n%s, %s, %s\n", words.Count(max(run.Calls, all.count), "API call"), words.Count(max(run.Writes, writes), "write"), all.failures())
	width := 0
	for _, one := range list[:min(len(list), shownOperations)] {
		width = max(width, plain.Width(plain.Line(one.name)))
	}
	for i, one := range list {
		if i == shownOperations {
			fmt.Fprintf(b, "  and %s more\n", words.Count(len(list)-i, "operation"))
			break
		}
		name := plain.Line(one.name)
		line := fmt.Sprintf("  %s%s  %4d x  %s", name, strings.Repeat(" ", width-plain.Width(name)), one.count, timetext.Elapsed(one.took/time.Duration(max(one.count, 1))))
		if one.failed+one.refused > 0 {
			line += "  " + streams.Paint(color, streams.Red, one.failures())
		}
		b.WriteString(line + "\n")
	}
}

func (c operationCalls) failures() string {
	switch {
	case c.failed > 0 && c.refused > 0:
		return fmt.Sprintf("%d failed, %d refused", c.failed, c.refused)
	case c.failed > 0:
		return fmt.Sprintf("%d failed", c.failed)
	case c.refused > 0:
		return fmt.Sprintf("%d refused", c.refused)
	default:
		return "none failed"
	}
}

// describeLog writes the end of the log.
func describeLog(ctx context.Context, io *streams.IO, b *strings.Builder, db *state.DB, run state.Run) error {
	last, _, err := db.LastSeqs(ctx, run.ID)
	if err != nil || last == 0 {
		return err
	}
	before, err := db.SeqBefore(ctx, run.ID, last, shownLines)
	if err != nil {
		return err
	}
	lines, err := db.Logs(ctx, run.ID, before, 0)
	if err != nil {
		return err
	}
	title := "log"
	if last > shownLines {
		title = fmt.Sprintf("log, the last %d of %d lines (crisphost logs %s prints all)", len(lines), last, shortID(run.ID))
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, line := range lines {
		b.WriteString(words.Indent(logText(io, line, db.Now()), "  "))
	}
	return nil
}
