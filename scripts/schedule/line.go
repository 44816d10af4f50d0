package schedule

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/riverqueue/river"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// A run waits in its script's line, without a job, while others of the script come first. The queue then holds few jobs of a
// script however many of its runs wait, and jobs of slow scripts are taken behind those of the others.

const (
	// lineBatch bounds the jobs that are made at once, and the scripts whose lines are read at once.
	lineBatch = 500
	// unknownBatch is how many runs of a script stand in the queue before it is known how long they take.
	unknownBatch = 16
)

// rest are the scripts of which more may wait than have jobs, each with how many runs have to end before the line is looked at
// again: it would be at the next poll.
type rest struct {
	mu   sync.Mutex
	left map[string]int
	// lanes are the ones that had a turn last, by script: the next turn begins behind them.
	lanes map[string]string
	// ends counts the runs that have ended, and last has the number of the last one of each script.
	ends uint64
	last map[string]uint64
}

// count is how many runs have ended before a line is read.
func (r *rest) count() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ends
}

// note notes the turns that lines had which were read when ends runs had ended. It reports whether one of them waits for the end
// of a run, and a run of its script has ended since, so that its line is to be looked at again.
func (r *rest) note(turns []state.Turn, ends uint64) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == nil {
		r.left = map[string]int{}
	}
	for _, turn := range turns {
		left := (turn.Runs + 1) / 2
		if turn.Of == state.NewHead || turn.Of == state.Excess || turn.Of.OfLanes() { // what is left waits for the end of a run in its way
			left = 1
			again = again || r.last[turn.Script] > ends
		}
		if before, found := r.left[turn.Script]; found && turn.Of != state.Head {
			left = min(left, before)
		}
		r.left[turn.Script] = left
	}
	return again
}

// lane is the one that had the last turn, or empty to begin with the first.
func (r *rest) lane(script string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lanes[script]
}

// noteLanes notes which lanes had their turn.
func (r *rest) noteLanes(moved []state.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range moved {
		if run.Trigger.Key == "" {
			continue
		}
		if r.lanes == nil {
			r.lanes = map[string]string{}
		}
		r.lanes[run.Script] = run.Lane()
	}
}

// ended reports whether a script's line is to be looked at now that a run has ended.
func (r *rest) ended(script string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends++
	if r.last == nil {
		r.last = map[string]uint64{}
	}
	r.last[script] = r.ends
	left, found := r.left[script]
	if found && left <= 1 {
		delete(r.left, script)
		return true
	}
	if found {
		r.left[script] = left - 1
	}
	return false
}

// room is which runs of a line may get a job now, and how many.
func (s *Scheduler) room(ctx context.Context, line state.Line) ([]state.Turn, error) {
	batch := s.turns.batch(line.Script)
	all := func(runs int, parts ...state.Part) (turns []state.Turn) {
		for _, part := range parts {
			turns = append(turns, state.Turn{Script: line.Script, Runs: runs, Of: part})
		}
		return turns
	}
	if line.Version == "" { // they end as soon as they are looked at
		return all(lineBatch, state.Head, state.Events, state.Lanes), nil
	}
	p, err := s.program(ctx, line.Version)
	if errors.Is(err, state.ErrNotFound) { // they fail
		return all(batch-line.Ticks.Queued-line.Events.Queued, state.Head, state.Events, state.Lanes), nil
	}
	if err != nil {
		return nil, err
	}
	var turns []state.Turn
	if line.Ticks.Some {
		turns = append(turns, tickRoom(p, line, batch)...)
	}
	if line.Events.Some {
		turns = append(turns, s.eventRoom(p, line, batch)...)
	}
	return turns, nil
}

// tickRoom is room for runs of ticks and those that people asked for.
func tickRoom(p *program, line state.Line, batch int) []state.Turn {
	together, waiting := p.header.Concurrency, line.Ticks
	turn := state.Turn{Script: line.Script, Runs: max(batch, together) - waiting.Queued}
	switch {
	case p.header.Overlap == scripts.OverlapAllow && together == 0:
	case line.Missed:
		turn.Runs = 1 - waiting.Going - waiting.Queued
	case p.header.Overlap == scripts.OverlapAllow:
		turn.Runs = together - line.InProgress()
	case p.header.Overlap == scripts.OverlapQueue:
		turn.Runs = max(together, 1) - waiting.Going - waiting.Queued
		if together > 0 {
			turn.Runs = min(turn.Runs, together-line.InProgress())
		}
		return []state.Turn{turn, {Script: line.Script, Runs: lineBatch, Of: state.Excess}}
	case p.header.Overlap == scripts.OverlapReplace && waiting.Going > 0:
		turn.Runs = 1 - waiting.Queued
	case waiting.Going > 0: // they are skipped, but for those that have begun before
		turn.Runs, turn.Of = lineBatch, state.NewHead
		return []state.Turn{turn}
	}
	if together > 0 { // runs of events count too
		turn.Runs = min(turn.Runs, together-line.InProgress())
	}
	return []state.Turn{turn}
}

// eventRoom is room for runs that events start.
func (s *Scheduler) eventRoom(p *program, line state.Line, batch int) []state.Turn {
	waiting, header := line.Events, &p.header
	runs := max(batch, header.Concurrency) - waiting.Queued
	if header.Concurrency > 0 {
		runs = min(runs, header.Concurrency-line.InProgress())
	}
	lanes := state.Turn{Script: line.Script, Runs: runs, After: s.rest.lane(line.Script)}
	overlap := p.overlap(state.ByEvent)
	switch overlap {
	case scripts.OverlapQueue:
		lanes.Of = state.Lanes
	case scripts.OverlapReplace:
		lanes.Of = state.Lasts
	default:
		lanes.Of = state.Firsts
	}
	if header.Key != "" || overlap == scripts.OverlapReplace {
		return []state.Turn{lanes}
	}
	if overlap == scripts.OverlapQueue {
		runs = min(runs, max(header.Concurrency, 1)-waiting.Going-waiting.Queued)
	}
	turns := []state.Turn{{Script: line.Script, Runs: runs, Of: state.Events}}
	if line.Keyed { // the script had a key when their events came
		lanes.Of = state.Lanes
		turns = append(turns, lanes)
	}
	return turns
}

// moveUp makes jobs for the runs of all lines whose turn it is.
func (s *Scheduler) moveUp(ctx context.Context) error {
	for after := ""; ; {
		ends := s.rest.count()
		lines, err := s.DB.Lines(ctx, after, lineBatch)
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := s.enter(ctx, ends, lines...); err != nil {
			return err
		}
		if len(lines) < lineBatch {
			return nil
		}
		after = lines[len(lines)-1].Script
	}
}

// moveUpOne is moveUp for the script of a run that has ended or waits now.
func (s *Scheduler) moveUpOne(ctx context.Context, run string) error {
	ends := s.rest.count()
	line, waits, err := s.DB.LineOf(ctx, run)
	if err != nil || !waits {
		return err
	}
	return s.enter(ctx, ends, line)
}

// enter makes jobs of the runs whose turn it is in lines that were read when ends runs had ended.
func (s *Scheduler) enter(ctx context.Context, ends uint64, lines ...state.Line) error {
	var turns []state.Turn
	var failed []error
	for _, line := range lines {
		some, err := s.room(ctx, line)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, turn := range some {
			if turn.Runs > 0 {
				turns = append(turns, turn)
			}
		}
	}
	if len(turns) == 0 {
		return errors.Join(failed...)
	}
	moved, err := s.DB.MoveUp(ctx, turns, s.enqueue)
	if s.rest.note(turns, ends) {
		s.Wake()
	}
	s.rest.noteLanes(moved)
	if len(moved) > 0 {
		s.queue.bell.ring()
	}
	if len(moved) >= lineBatch {
		s.unread.Store(true) // for the rest
	}
	return errors.Join(append(failed, err)...)
}

// Priorities of jobs. The queue takes all of one before those of the next.
const (
	prompt = 1
	later  = 2
)

// enqueue makes jobs of runs.
func (s *Scheduler) enqueue(ctx context.Context, tx state.Tx, runs []state.Run) ([]int64, error) {
	params := make([]river.InsertManyParams, len(runs))
	for i, run := range runs {
		priority := later
		if s.turns.isQuick(run.Script) {
			priority = prompt
		}
		params[i] = river.InsertManyParams{
			Args:       runArgs{run.ID, run.Script, run.Trigger.Kind == state.ByEvent},
			InsertOpts: &river.InsertOpts{MaxAttempts: math.MaxInt16, Priority: priority},
		}
	}
	results, err := s.queue.insert(ctx, tx, params)
	if err != nil {
		return nil, fmt.Errorf("queue of runs: %w", err)
	}
	numbers := make([]int64, len(results))
	for i, result := range results {
		numbers[i] = result.Job.ID
	}
	return numbers, nil
}
