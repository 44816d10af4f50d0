//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// mirror keeps the database's scripts as the library has them.
type mirror struct {
	host *Host
	// shown are the scripts that the database has, by name. The library makes a new Script for each change.
	shown map[string]*scripts.Script
	// synced is the library's list when all of it was last saved.
	synced []*scripts.Script
	// held are the names that may be half of a rename, with until when they wait for the other half.
	held map[string]time.Time
	// fresh are the scripts that appeared lately, with when they did.
	fresh map[string]time.Time
}

// begin saves all scripts, and drops those that went while no host was running.
func (m *mirror) begin(ctx context.Context) error {
	if m.host.library.Status().Missing != "" {
		return nil
	}
	before, err := m.host.config.DB.Scripts(ctx)
	if err != nil {
		return err
	}
	stays := map[string]bool{}
	for _, s := range m.host.library.Scripts() {
		stays[s.Name] = true
	}
	if len(stays) == 0 && len(before) > 0 {
		// More often a mount that is missing than the wish to end everything, for all hosts.
		m.host.config.Logger.Warn("the directory holds no scripts: those of the database stay as they are", slog.Int("scripts", len(before)))
		return nil
	}
	known := map[string]bool{}
	var vanished []string
	for _, s := range before {
		known[s.Name] = true
		if !stays[s.Name] {
			vanished = append(vanished, s.Name)
		}
	}
	contents, err := m.host.config.DB.Contents(ctx, vanished)
	if err != nil {
		return err
	}
	var left, came []part
	for _, s := range before {
		if !stays[s.Name] {
			left = append(left, part{name: s.Name, path: s.Path, content: contents[s.Name]})
		}
	}
	for _, s := range m.host.library.Scripts() {
		if !known[s.Name] {
			came = append(came, partOf(s))
		}
	}
	if err := m.replace(ctx, left, came); err != nil {
		return err
	}
	return m.sync(ctx)
}

// Pauses between attempts to save to a database that is away.
const (
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
)

// follow saves what changes until ctx ends. A change that cannot be saved is tried again.
func (m *mirror) follow(ctx context.Context) {
	_, changes := m.host.library.Subscribe(ctx)
	pause := retryFirst
	// What changed between begin and Subscribe is not told.
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-changes:
			if !ok {
				return
			}
		case <-again.C:
		}
		err := m.sync(ctx)
		if err == nil {
			pause = retryFirst
			again.Stop()
			if wait, held := m.nextHeld(); held {
				again.Reset(wait)
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		m.host.config.Logger.Error("changed scripts wait for the database", slog.Any("error", err), slog.Duration("again_in", pause))
		again.Reset(pause)
		pause = min(2*pause, retryMost)
	}
}

// sync saves the scripts that are not in the database as the library has them. One that cannot be saved does not keep others from it.
func (m *mirror) sync(ctx context.Context) error {
	list := m.host.library.Scripts()
	if sameList(list, m.synced) && len(m.held) == 0 {
		return nil // it was told of each script by itself
	}
	now := make(map[string]*scripts.Script, len(list))
	var came []part
	var changed []*scripts.Script
	for _, s := range list {
		now[s.Name] = s
		switch before := m.shown[s.Name]; {
		case before == nil && m.started():
			came = append(came, partOf(s))
		case before != s:
			changed = append(changed, s)
		}
	}
	var left []part
	for name, s := range m.shown {
		if now[name] == nil {
			left = append(left, partOf(s))
		}
	}
	err := m.save(ctx, changed)
	if ctx.Err() == nil {
		err = errors.Join(err, m.replace(ctx, left, came))
	}
	if err == nil {
		m.synced = list
	}
	return err
}

// sameList reports whether two lists of a library are one.
func sameList(a, b []*scripts.Script) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// started reports whether the host runs, and what comes is not what was found at the start.
func (m *mirror) started() bool { return m.host.scheduler != nil }

// maxFailures bounds the scripts that an error names: a database that is away fails for all of them.
const maxFailures = 3

// save writes scripts.
func (m *mirror) save(ctx context.Context, list []*scripts.Script) error {
	if len(list) == 0 {
		return nil
	}
	rows := make([]state.Saved, len(list))
	for i, s := range list {
		rows[i] = savedOf(s)
	}
	failed, err := m.host.config.DB.SaveScripts(ctx, rows)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	var good []*scripts.Script
	for _, s := range list {
		if failed[s.Name] == nil {
			good = append(good, s)
		}
	}
	m.saved(ctx, good)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		errs = append(errs, failed[name])
	}
	if len(errs) > maxFailures {
		errs = append(errs[:maxFailures], fmt.Errorf("and %d more", len(errs)-maxFailures))
	}
	return errors.Join(errs...)
}

// saved notes and tells that scripts are in the database as they are.
func (m *mirror) saved(ctx context.Context, list []*scripts.Script) {
	var working []*scripts.Script
	for _, s := range list {
		before := m.shown[s.Name]
		m.shown[s.Name] = s
		delete(m.held, s.Name)
		if s.Err == nil {
			working = append(working, s)
		}
		m.tell(before, s)
	}
	if len(list) > 0 && m.started() {
		m.host.scheduler.Wake()
		m.host.prepare(ctx, working)
	}
}

// savedOf is a script as the database keeps it.
func savedOf(s *scripts.Script) state.Saved {
	row := state.Saved{Script: state.Script{
		Name: s.Name, Path: s.Path, Language: string(s.Language), Description: s.Header.Description,
		Version: s.Version, Timezone: s.Header.Timezone, Disabled: s.Header.Disabled, Broken: brokenError(s.Err),
	}}
	for _, schedule := range s.Header.Schedules {
		row.Schedules = append(row.Schedules, schedule.Text)
	}
	row.Triggers = triggersOf(&s.Header)
	if s.Version == "" {
		row.BrokenOnly = true // an earlier host may have left a version that compiled
	} else {
		row.Content = versionOf(s)
	}
	return row
}

// triggersOf are what events do with a script, or nil.
func triggersOf(h *scripts.Header) *state.Triggers {
	if len(h.On) == 0 {
		return nil
	}
	t := &state.Triggers{Key: h.Key, Debounce: h.Debounce}
	for _, on := range h.On {
		t.On = append(t.On, state.On{Event: on.Event, Where: on.Where})
	}
	if h.Throttle != nil {
		t.Count, t.Per = h.Throttle.Count, h.Throttle.Per
	}
	if h.Batch != nil {
		t.Max, t.Within = h.Batch.Max, h.Batch.Within
	}
	return t
}

func versionOf(s *scripts.Script) *state.Version {
	return &state.Version{Hash: s.Version, Script: s.Name, Entry: s.Entry, Language: string(s.Language), Files: s.Files}
}

// maxPrepared is how many scripts that are saved together are compiled ahead: more come from a checkout, of which few run soon.
const maxPrepared = 4

// prepare has workers compile what somebody has just saved, and so will run soon.
func (h *Host) prepare(ctx context.Context, saved []*scripts.Script) {
	if len(saved) > maxPrepared {
		return
	}
	for _, s := range saved {
		h.done.Go(func() {
			if err := h.runner.Prepare(ctx, versionOf(s), s.Header); err != nil && ctx.Err() == nil {
				h.config.Logger.Debug("script was not compiled ahead", slog.String("script", s.Name), slog.Any("error", err))
			}
		})
	}
}

// tell logs a script that is new or was saved, and tells the console.
func (m *mirror) tell(before, s *scripts.Script) {
	log := m.host.config.Logger.With(slog.String("script", s.Name))
	switch {
	case s.Err != nil && s.Version != "":
		log.Error("script is broken: its last good version stays", slog.String("version", short(s.Version)), slog.Any("error", s.Err))
	case s.Err != nil:
		log.Error("script is broken", slog.Any("error", s.Err))
	case !m.started():
		log.Debug("script loaded", slog.String("version", short(s.Version)))
	case before == nil:
		log.Info("script added", slog.String("version", short(s.Version)))
	default:
		log.Info("script reloaded", slog.String("version", short(s.Version)))
	}
	if t := m.host.config.Telemetry; t != nil {
		t.Reload(s.Name, s.Err)
	}
	m.host.events.tell(console.Event{Script: s.Name})
}

// short is the beginning of a hash, as people compare it.
func short(hash string) string { return hash[:min(len(hash), 12)] }

// brokenError is why a script's file is not used, as the database keeps it. Nil is nil.
func brokenError(err error) *state.RunError {
	if err == nil {
		return nil
	}
	var header *scripts.HeaderError
	var compile *engine.Error
	switch {
	case errors.As(err, &header):
		return &state.RunError{
			Kind: "header", Message: header.Problem, Hint: header.Hint, SourceLine: header.SourceLine,
			File: header.File, Line: header.Line, Column: header.Column,
		}
	case errors.As(err, &compile):
		return &state.RunError{
			Kind: "compile", Message: compile.Message, Hint: compile.Hint, SourceLine: compile.SourceLine,
			File: compile.File, Line: compile.Line, Column: compile.Column,
		}
	case errors.As(err, new(*scripts.NameError)):
		return &state.RunError{Kind: "name", Message: err.Error()}
	}
	return &state.RunError{Kind: "file", Message: err.Error()}
}
