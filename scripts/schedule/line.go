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
}

func (r *rest) note(turns []state.Turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == nil {
		r.left = map[string]int{}
	}
	for _, turn := range turns {
		r.left[turn.Script] = (turn.Runs + 1) / 2
		if turn.New { // what has begun before waits for the end of the run in its way
			r.left[turn.Script] = 1
		}
	}
}

// ended reports whether a script's line is to be looked at now that a run has ended.
func (r *rest) ended(script string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
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

// room is how many runs at the head of a line may get a job now.
func (s *Scheduler) room(ctx context.Context, line state.Line) (state.Turn, error) {
	turn := state.Turn{Script: line.Script}
	batch := s.turns.batch(line.Script)
	turn.Runs = batch - line.Queued
	if line.Version == "" { // they end as soon as they are looked at
		turn.Runs = lineBatch
		return turn, nil
	}
	p, err := s.program(ctx, line.Version)
	if errors.Is(err, state.ErrNotFound) { // they fail
		return turn, nil
	}
	if err != nil {
		return turn, err
	}
	together := p.header.Concurrency
	turn.Runs = max(batch, together) - line.Queued
	switch {
	case p.header.Overlap == scripts.OverlapAllow && together == 0:
	case line.Missed:
		turn.Runs = 1 - line.Going - line.Queued
	case p.header.Overlap == scripts.OverlapAllow, p.header.Overlap == scripts.OverlapQueue:
		turn.Runs = max(together, 1) - line.Going - line.Queued
	case p.header.Overlap == scripts.OverlapReplace && line.Going > 0:
		turn.Runs = 1 - line.Queued
	case line.Going > 0: // they are skipped, but for those that have begun before
		turn.Runs, turn.New = lineBatch, true
	}
	return turn, nil
}

// moveUp makes jobs for the runs of all lines whose turn it is.
func (s *Scheduler) moveUp(ctx context.Context) error {
	for after := ""; ; {
		lines, err := s.DB.Lines(ctx, after, lineBatch)
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := s.enter(ctx, lines...); err != nil {
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
	line, waits, err := s.DB.LineOf(ctx, run)
	if err != nil || !waits {
		return err
	}
	return s.enter(ctx, line)
}

func (s *Scheduler) enter(ctx context.Context, lines ...state.Line) error {
	var turns []state.Turn
	var failed []error
	for _, line := range lines {
		turn, err := s.room(ctx, line)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if turn.Runs > 0 {
			turns = append(turns, turn)
		}
	}
	if len(turns) == 0 {
		return errors.Join(failed...)
	}
	n, err := s.DB.MoveUp(ctx, turns, s.enqueue)
	s.rest.note(turns)
	if n > 0 {
		s.queue.bell.ring()
	}
	if n >= lineBatch {
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
			Args:       runArgs{run.ID, run.Script},
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
