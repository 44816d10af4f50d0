package manage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// Rhythm of following: how often the database is asked whether anything changed, and how often it is read all the same.
const (
	followPoll   = 150 * time.Millisecond
	followReread = 3 * time.Second
)

// logPage is how many lines are read at once.
const logPage = 500

// follower prints the logs of runs, as far as they are there or as they grow. What becomes of the runs goes to standard error, so that
// standard output has the lines alone.
type follower struct {
	io   *streams.IO
	db   *state.DB
	json bool
	// script tells that lines have the name of their script before them, and id the ID of their run.
	script, id bool
	// wide is the width of the widest prefix so far, to which the others are filled up.
	wide int
	// tail is how many lines are printed of those that are there, or -1.
	tail int
}

// followed is a run whose lines are printed up to seq.
type followed struct {
	run     state.Run
	seq     int64
	attempt int
}

// begin prepares a run.
func (f *follower) begin(ctx context.Context, run state.Run) (*followed, error) {
	one := &followed{run: run}
	if f.tail < 0 {
		return one, nil
	}
	last, _, err := f.db.LastSeqs(ctx, run.ID)
	if err == nil {
		one.seq, err = f.db.SeqBefore(ctx, run.ID, last, f.tail)
	}
	return one, err
}

// print prints what is new of a run and brings its state up to date.
func (f *follower) print(ctx context.Context, one *followed) error {
	// The state comes first: a run that has ended has all of its lines.
	run, err := f.db.Run(ctx, one.run.ID)
	if err != nil {
		return err
	}
	for {
		lines, err := f.db.Logs(ctx, run.ID, one.seq, logPage)
		if err != nil {
			return err
		}
		if err := f.write(one, lines); err != nil {
			return err
		}
		if len(lines) < logPage {
			one.run = run
			return nil
		}
	}
}

func (f *follower) write(one *followed, lines []state.LogLine) error {
	var b strings.Builder
	prefix, now := f.prefix(one.run), f.db.Now()
	for _, line := range lines {
		one.seq = line.Seq
		if f.json {
			text, err := streams.JsonLine(printedLine{one.run.ID, one.run.Script, line})
			if err != nil {
				return err
			}
			b.WriteString(text + "\n")
			continue
		}
		if one.attempt > 0 && line.Attempt != one.attempt {
			fmt.Fprintf(&b, "%s%s\n", prefix, streams.Paint(f.io.ColorOut, streams.Dim, fmt.Sprintf("-- attempt %d --", line.Attempt)))
		}
		one.attempt = line.Attempt
		text := logText(f.io, line, now)
		if prefix != "" {
			text = prefix + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+prefix) + "\n"
		}
		b.WriteString(text)
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(f.io.Out, b.String())
	return err
}

// prefix stands before the lines where there may be several runs.
func (f *follower) prefix(run state.Run) string {
	var words []string
	if f.script {
		words = append(words, plain.Line(run.Script))
	}
	if f.id {
		words = append(words, shortID(run.ID))
	}
	if words == nil {
		return ""
	}
	text := strings.Join(words, " ")
	f.wide = max(f.wide, plain.Width(text))
	text += strings.Repeat(" ", f.wide-plain.Width(text))
	return streams.Paint(f.io.ColorOut, streams.Cyan, text) + streams.Paint(f.io.ColorOut, streams.Dim, " | ")
}

// tell says on standard error what has become of a run.
func (f *follower) tell(run state.Run, what string) {
	if !f.json {
		fmt.Fprintf(f.io.Err, "crisphost: %s: run %s %s\n", plain.Line(run.Script), shortID(run.ID), what)
	}
}

// followRun prints a run's log until it has ended, and returns it as it then is.
func (f *follower) followRun(ctx context.Context, run state.Run) (state.Run, error) {
	one, err := f.begin(ctx, run)
	if err != nil {
		return run, err
	}
	err = f.follow(ctx, func(ctx context.Context) (bool, error) {
		before := one.run
		if err := f.print(ctx, one); err != nil {
			return false, err
		}
		if failedBetween(before, one.run) {
			f.tell(one.run, "will be tried again")
		}
		return one.run.State.Ended(), nil
	})
	if errors.Is(err, state.ErrNotFound) {
		err = fmt.Errorf("run %s of %s was dropped from the history", shortID(run.ID), plain.Line(run.Script))
	}
	return one.run, err
}

// failedBetween reports whether an attempt failed between two looks at a run, which waits for the next one. It may have begun between them,
// too.
func failedBetween(before, now state.Run) bool {
	return now.State == state.Scheduled && (before.State == state.Running || now.Attempt > before.Attempt || now.Error != nil && before.Error == nil)
}

// follow takes steps, one now and one whenever the database has changed, until one is the last. A database that is away for a
// while is waited for.
func (f *follower) follow(ctx context.Context, step func(context.Context) (last bool, err error)) error {
	away := false
	for {
		generation, err := f.db.Generation(ctx)
		last := false
		if err == nil {
			last, err = step(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, state.ErrUnreachable), errors.Is(err, state.ErrLocked):
			if !away {
				fmt.Fprintln(f.io.Err, "crisphost: waiting for the database:", plain.Lines(err.Error()))
			}
			away = true
		case err != nil || last:
			return err
		default:
			away = false
		}
		if err := f.await(ctx, generation); err != nil {
			return err
		}
	}
}

// await returns when the database has changed, or soon enough anyway.
func (f *follower) await(ctx context.Context, generation int64) error {
	for waited := time.Duration(0); waited < followReread; waited += followPoll {
		timer := time.NewTimer(followPoll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		if now, err := f.db.Generation(ctx); err != nil || now != generation {
			return nil //nolint:nilerr // the next step meets the error again
		}
	}
	return nil
}

// clockSlack is how far apart the clocks of hosts may be.
const clockSlack = 15 * time.Second

// followScript prints the log of a script's latest run, or of all scripts' for "", and of those that follow, until the context ends.
func (f *follower) followScript(ctx context.Context, script string) error {
	var open []*followed
	seen := map[string]time.Time{}
	first := true
	newest := f.db.Now()
	return f.follow(ctx, func(ctx context.Context) (bool, error) {
		var runs []state.Run
		var err error
		if first {
			runs, err = f.beginning(ctx, script, newest, seen)
		} else {
			runs, err = f.db.Runs(ctx, state.RunFilter{Script: script, Since: newest.Add(-clockSlack)})
		}
		if err != nil {
			return false, err
		}
		first = false
		for _, run := range slices.Backward(runs) {
			if _, ok := seen[run.ID]; ok {
				continue
			}
			one, err := f.begin(ctx, run)
			if err != nil {
				return false, err
			}
			open, seen[run.ID] = append(open, one), run.CreatedAt
			if run.CreatedAt.After(newest) {
				newest = run.CreatedAt
			}
		}
		for id, created := range seen {
			if created.Before(newest.Add(-2 * clockSlack)) {
				delete(seen, id)
			}
		}
		open, err = f.printAll(ctx, open)
		return false, err
	})
}

// beginning is what followScript starts with: the queued and running runs, and the latest one. Others that are there already count as
// seen.
func (f *follower) beginning(ctx context.Context, script string, now time.Time, seen map[string]time.Time) ([]state.Run, error) {
	recent, err := f.db.Runs(ctx, state.RunFilter{Script: script, Since: now.Add(-clockSlack)})
	if err != nil {
		return nil, err
	}
	latest, err := f.db.Runs(ctx, state.RunFilter{Script: script, Limit: 1})
	if err != nil {
		return nil, err
	}
	open, err := f.db.Runs(ctx, state.RunFilter{Script: script, States: []state.RunState{state.Running, state.Scheduled}})
	if err != nil {
		return nil, err
	}
	if len(latest) > 0 && latest[0].State.Ended() {
		open = slices.Insert(open, 0, latest[0])
	}
	for _, run := range recent {
		if run.State.Ended() && (len(latest) == 0 || run.ID != latest[0].ID) {
			seen[run.ID] = run.CreatedAt
		}
	}
	return open, nil
}

// printAll prints what is new of several runs, and returns those that go on.
func (f *follower) printAll(ctx context.Context, open []*followed) ([]*followed, error) {
	var going []*followed
	for i, one := range open {
		before := one.run
		err := f.print(ctx, one)
		if errors.Is(err, state.ErrNotFound) { // dropped from the history
			continue
		}
		if err != nil {
			return append(going, open[i:]...), err
		}
		switch run := one.run; {
		case run.State.Ended():
			f.tell(run, outcome(run))
		case run.State == state.Running && before.State != state.Running:
			f.tell(run, "has started")
			going = append(going, one)
		case failedBetween(before, run):
			f.tell(run, "will be tried again")
			going = append(going, one)
		default:
			going = append(going, one)
		}
	}
	return going, nil
}
