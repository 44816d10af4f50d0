package schedule

import (
	"context"
	"time"
)

// On PostgreSQL one host at a time makes the runs of ticks and moves lines up, so that the work does not grow with the hosts. It has the
// duty for a few seconds and renews it with its heartbeat. Two may believe that they have it, when one stood still: the
// watermarks let one of them make each tick's run, and claims let each run start once.

// ticking is the duty's name.
const ticking = "ticks"

// dutyBeats is how many heartbeats the duty lasts without being renewed.
const dutyBeats = 3

// takeDuty takes or renews the duty if it can be had.
func (s *Scheduler) takeDuty(ctx context.Context) error {
	if s.isLone() {
		return nil // there is no other host
	}
	asked := time.Now()
	lasting := dutyBeats * s.Heartbeat
	has, err := s.DB.TakeDuty(ctx, ticking, s.host.ID, lasting)
	if err != nil {
		return err
	}
	had := s.hasDuty()
	if !has {
		s.duty.Store(0)
		return nil
	}
	s.duty.Store(asked.Add(lasting).UnixNano())
	if !had { // the watermarks are others'
		s.timetable.forget()
		s.Wake()
	}
	return nil
}

// isLone reports whether no other host can be: SQLite's file is locked.
func (s *Scheduler) isLone() bool { return s.DB.Pool() == nil }

// hasDuty reports whether this host makes the runs of ticks.
func (s *Scheduler) hasDuty() bool {
	return s.isLone() || time.Now().UnixNano() < s.duty.Load()
}

func (s *Scheduler) leaveDuty(ctx context.Context) error {
	if s.isLone() {
		return nil
	}
	return s.DB.LeaveDuty(ctx, ticking, s.host.ID)
}

// WhileOnDuty runs fn, again and again, while this host is the one among all that has a duty, until ctx ends. The context of fn
// ends when the duty is lost; another host has it then, at once when this one ends and else after some heartbeats.
func (s *Scheduler) WhileOnDuty(ctx context.Context, name string, fn func(ctx context.Context)) error {
	if s.isLone() {
		for ctx.Err() == nil {
			fn(ctx)
		}
		return nil
	}
	lasting := dutyBeats * s.Heartbeat
	for ctx.Err() == nil {
		has, err := s.DB.TakeDuty(ctx, name, s.host.ID, lasting)
		if err == nil && has {
			s.onDuty(ctx, name, lasting, fn)
		}
		sleep(ctx, s.Heartbeat)
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return s.DB.LeaveDuty(leave, name, s.host.ID)
}

// onDuty runs fn while the duty is renewed.
func (s *Scheduler) onDuty(ctx context.Context, name string, lasting time.Duration, fn func(ctx context.Context)) {
	ctx, lose := context.WithCancel(ctx)
	defer lose()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(ctx)
	}()
	until := time.Now().Add(lasting)
	for sleep(ctx, s.Heartbeat) {
		asked := time.Now()
		switch has, err := s.DB.TakeDuty(ctx, name, s.host.ID, lasting); {
		case err == nil && has:
			until = asked.Add(lasting)
		case err == nil || time.Now().After(until):
			lose()
		}
	}
	<-done
}
