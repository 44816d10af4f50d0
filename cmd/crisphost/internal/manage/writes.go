package manage

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// WritesOptions are what `crisphost writes` takes.
type WritesOptions struct {
	io       *streams.IO
	database hostdb.Options
	filter   state.WriteFilter
	since    string
	until    string
	limit    int
	json     bool
}

// listedWrite is a write in the output of `crisphost writes --json`.
type listedWrite struct {
	Script string `json:"script"`
	Run    string `json:"run"`
	shownCall
}

// NewCmdWrites returns the command writes. A run that is not nil takes the place of what the command does, for tests.
func NewCmdWrites(f *cmdutil.Factory, run func(context.Context, *WritesOptions) error) *cobra.Command {
	if run == nil {
		run = listWrites
	}
	o := &WritesOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "writes",
		Short: "List what scripts wrote to Crisp, and to which conversations and people",
		Long: `Lists the calls by which scripts wrote, deleted or sent something, the newest first: when, by which script and run, the operation, and
what the path of the call names: the conversation, the person, the website. What a call carried, such as the text of a message, is not kept.

RESULT is done; refused, when Crisp answered that it did not do it; not sent, when the call was not allowed or wrong; and unknown, when
there was no answer that tells, so that it may have been done.

Calls are kept as long as the run that made them, see --keep-age and --keep-runs of crisphost serve.`,
		Example: `  crisphost writes --since yesterday --script daily-digest
  crisphost writes --object session_19e5240c-a8a4-4a34-9a4b-5d8c9b1d2f3e
  crisphost writes --since 1d --operation website.conversation.message.send --json | jq -r '.[].params.session_id' | sort -u`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.limit < 0 {
				return &usage.Error{Problem: fmt.Sprintf("--limit %d is below zero", o.limit), Hint: "write a number, or 0 for all writes"}
			}
			if o.json && !cmd.Flags().Changed("limit") {
				o.limit = 0 // a program would not see that there are more
			}
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.filter.Script, "script", "", "only writes of the script of this `name`")
	flags.StringVar(&o.filter.Object, "object", "", "only writes to this `ID` of a conversation, a person or anything else that a path names")
	flags.StringVar(&o.filter.Operation, "operation", "", "only this `operation`, or all below it: website.conversation")
	flags.StringVar(&o.since, "since", "", "only writes since this `time`, as for crisphost runs")
	flags.StringVar(&o.until, "until", "", "only writes before this `time`")
	flags.IntVarP(&o.limit, "limit", "n", 100, "at most this many writes; 0 for all, as with --json")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("script", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return completeScript(cmd, &o.database)
	})
	_ = cmd.RegisterFlagCompletionFunc("operation", cobra.FixedCompletions(writeOperations(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// writeOperations are the operations of the description that are no reads.
func writeOperations() []string {
	var ids []string
	for _, op := range spec.All() {
		if op.Effect != spec.EffectRead {
			ids = append(ids, op.ID)
		}
	}
	return ids
}

func listWrites(ctx context.Context, o *WritesOptions) error {
	now := time.Now()
	for _, bound := range []struct {
		flag, text string
		at         *time.Time
	}{{"since", o.since, &o.filter.Since}, {"until", o.until, &o.filter.Until}} {
		if bound.text == "" {
			continue
		}
		at, err := parseTime(bound.flag, bound.text, now)
		if err != nil {
			return err
		}
		*bound.at = at
	}
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	l := &writeList{db: db, filter: o.filter, limit: o.limit}
	if o.json {
		err = streams.PrintJSONList(o.io, l.listed(ctx))
	} else {
		err = l.print(ctx, o.io)
	}
	switch {
	case err != nil:
		return err
	case l.more:
		fmt.Fprintf(o.io.Err, "crisphost: there are more than %s: --limit 0 lists all\n", words.Count(o.limit, "write"))
	case l.shown == 0:
		return noWrites(ctx, o, db)
	}
	return nil
}

// noWrites tells why there may be none: a name that nothing has is an error.
func noWrites(ctx context.Context, o *WritesOptions, db *state.DB) error {
	if o.filter.Script != "" {
		if err := knownScript(ctx, db, o.filter.Script); err != nil {
			return err
		}
	}
	if id := o.filter.Operation; id != "" && !strings.Contains(id, " ") {
		known := writeOperations()
		if !slices.ContainsFunc(known, func(one string) bool { return strings.HasPrefix(one+".", id+".") }) {
			e := &usage.Error{Problem: fmt.Sprintf("no operation that writes is named %q", id), Hint: "crisphost runs show lists the operations of a run"}
			if near := nearest.To(id, known); near != "" {
				e.Hint = fmt.Sprintf("did you mean %s?", near)
			}
			return e
		}
	}
	if !o.json {
		fmt.Fprintln(o.io.Err, "crisphost: no writes")
	}
	return nil
}

// writeList reads the writes of a filter in pages. Afterwards shown is their number, and more tells that there are further ones.
type writeList struct {
	db     *state.DB
	filter state.WriteFilter
	limit  int
	shown  int
	more   bool
}

// writesAtOnce is how many writes are in memory.
const writesAtOnce = 1000

func (l *writeList) pages(ctx context.Context) iter.Seq2[[]state.Write, error] {
	return func(yield func([]state.Write, error) bool) {
		for {
			want := writesAtOnce
			if l.limit > 0 {
				want = min(want, l.limit-l.shown)
			}
			l.filter.Limit = want + 1
			page, err := l.db.Writes(ctx, l.filter)
			further := len(page) > want
			if further {
				page = page[:want]
			}
			l.shown += len(page)
			l.more = further && l.shown == l.limit
			if (len(page) > 0 || err != nil) && !yield(page, err) || !further || l.more || err != nil {
				return
			}
			l.filter.Before = &page[len(page)-1]
		}
	}
}

func (l *writeList) listed(ctx context.Context) iter.Seq2[listedWrite, error] {
	return func(yield func(listedWrite, error) bool) {
		for page, err := range l.pages(ctx) {
			for i := range page {
				w := &page[i]
				if !yield(listedWrite{w.Script, w.Run, showCall(&w.APICall)}, nil) {
					return
				}
			}
			if err != nil {
				yield(listedWrite{}, err)
				return
			}
		}
	}
}

func (l *writeList) print(ctx context.Context, io *streams.IO) error {
	g := grid{names: 1, columns: []gridColumn{{"TIME", 1, 0}, {"SCRIPT", 3, 10}, {"OPERATION", 4, 16}, {"OBJECT", 2, 20}, {"RESULT", 5, 7}, {"RUN", 6, 0}}}
	for page, err := range l.pages(ctx) {
		if err != nil {
			return err
		}
		now := l.db.Now()
		g.rows = g.rows[:0]
		for i := range page {
			w := &page[i]
			text, color := resultOf(&w.APICall)
			g.rows = append(g.rows, gridRow{cells: []gridCell{
				{io.When(w.Time, now), ""}, {plain.Line(w.Script), ""}, {plain.Line(w.Operation), ""}, {objectOf(&w.APICall), ""},
				{text, color}, {idOf(io, state.Run{ID: w.Run}), ""},
			}})
		}
		if err := printGrid(io, g); err != nil {
			return err
		}
		g.untitled = true
	}
	return nil
}

// resultOf tells what became of a call, with the status or the reason where that says more.
func resultOf(c *state.APICall) (text, color string) {
	outcome := c.Outcome()
	text, color = string(outcome), streams.Red
	switch {
	case outcome == state.Done:
		return text, streams.Green
	case c.Status > 0:
		text += fmt.Sprintf(" (%d)", c.Status)
	case c.Reason != "":
		text += " (" + plain.Line(c.Reason) + ")"
	}
	return text, color
}

// objectOf is what a call wrote to. The website is named where there is nothing else.
func objectOf(c *state.APICall) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if name == "website_id" && len(c.Params) > 1 {
			continue
		}
		parts = append(parts, plain.Line(strings.TrimSuffix(name, "_id")+" "+c.Params[name]))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}
