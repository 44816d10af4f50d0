package scripts

import (
	"context"
	"slices"
)

// subscriber holds the changes that one reader has not taken yet, one for each path: a slow reader gets the last state of a
// script, and never too much to keep.
type subscriber struct {
	pending []Change
	wake    chan struct{}
}

// Subscribe returns the scripts as they are and a channel of all changes to them from now on. Changes of one script that are
// not taken in time become one, from the first state before to the last after. The channel is closed when ctx ends or the
// library is closed.
func (l *Library) Subscribe(ctx context.Context) ([]*Script, <-chan Change) {
	s := &subscriber{wake: make(chan struct{}, 1)}
	l.mu.Lock()
	now := l.Scripts()
	l.subscribers[s] = struct{}{}
	l.mu.Unlock()
	out := make(chan Change)
	go func() {
		defer close(out)
		defer func() {
			l.mu.Lock()
			delete(l.subscribers, s)
			l.mu.Unlock()
		}()
		for {
			change, ok := l.take(s)
			if !ok {
				select {
				case <-s.wake:
					continue
				case <-ctx.Done():
					return
				case <-l.done:
					return
				}
			}
			select {
			case out <- change:
			case <-ctx.Done():
				return
			case <-l.done:
				return
			}
		}
	}()
	return now, out
}

// take removes the oldest change of a subscriber.
func (l *Library) take(s *subscriber) (Change, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(s.pending) == 0 {
		return Change{}, false
	}
	change := s.pending[0]
	s.pending = slices.Delete(s.pending, 0, 1)
	return change, true
}

// publish makes scripts the library's and tells the changes.
func (l *Library) publish(scripts []*Script, changes []Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snapshot.Store(&scripts)
	for s := range l.subscribers {
		for _, c := range changes {
			s.add(c)
		}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func (s *subscriber) add(c Change) {
	i := slices.IndexFunc(s.pending, func(p Change) bool { return p.path() == c.path() })
	if i < 0 {
		s.pending = append(s.pending, c)
		return
	}
	if s.pending[i].After = c.After; s.pending[i].Before == nil && c.After == nil {
		s.pending = slices.Delete(s.pending, i, i+1)
	}
}

func (c Change) path() string {
	if c.After != nil {
		return c.After.Path
	}
	return c.Before.Path
}

// changesBetween compares two lists in the order of their paths.
func changesBetween(before, after []*Script) []Change {
	var changes []Change
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Path < after[0].Path:
			changes = append(changes, Change{Before: before[0]})
			before = before[1:]
		case len(before) == 0 || after[0].Path < before[0].Path:
			changes = append(changes, Change{After: after[0]})
			after = after[1:]
		default:
			if before[0] != after[0] {
				changes = append(changes, Change{Before: before[0], After: after[0]})
			}
			before, after = before[1:], after[1:]
		}
	}
	return changes
}
