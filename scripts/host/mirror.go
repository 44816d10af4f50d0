//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	for _, s := range before {
		if !stays[s.Name] {
			if err := m.host.config.DB.DeleteScript(ctx, s.Name); err != nil {
				return err
			}
			m.host.config.Logger.Info("script removed", slog.String("script", s.Name))
		}
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
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-changes:
			if !ok {
				return
			}
		case <-retry.C:
		}
		err := m.sync(ctx)
		if err == nil {
			pause = retryFirst
			retry.Stop()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		m.host.config.Logger.Error("changed scripts wait for the database", slog.Any("error", err), slog.Duration("again_in", pause))
		retry.Reset(pause)
		pause = min(2*pause, retryMost)
	}
}

// sync saves the scripts that are not in the database as the library has them. One that cannot be saved does not keep others from it.
func (m *mirror) sync(ctx context.Context) error {
	var failed []error
	now := map[string]*scripts.Script{}
	changed := false
	var saved []*scripts.Script
	defer func() {
		if changed && m.host.scheduler != nil {
			m.host.scheduler.Wake()
			m.host.prepare(ctx, saved)
		}
	}()
	for _, s := range m.host.library.Scripts() {
		now[s.Name] = s
		before := m.shown[s.Name]
		if before == s {
			continue
		}
		if err := m.save(ctx, s); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			failed = append(failed, err)
			continue
		}
		m.shown[s.Name] = s
		changed = true
		if s.Err == nil {
			saved = append(saved, s)
		}
		m.tell(before, s)
	}
	for name := range m.shown {
		if now[name] != nil {
			continue
		}
		if err := m.host.config.DB.DeleteScript(ctx, name); err != nil {
			failed = append(failed, err)
			continue
		}
		delete(m.shown, name)
		changed = true
		m.host.config.Logger.Info("script removed", slog.String("script", name))
		if t := m.host.config.Telemetry; t != nil {
			t.Remove(name)
		}
		m.host.events.tell(console.Event{Script: name})
	}
	if len(failed) > maxFailures {
		failed = append(failed[:maxFailures], fmt.Errorf("and %d more", len(failed)-maxFailures))
	}
	return errors.Join(failed...)
}

// maxFailures bounds the scripts that an error names: a database that is away fails for all of them.
const maxFailures = 3

// save writes a script, after the version that it runs.
func (m *mirror) save(ctx context.Context, s *scripts.Script) error {
	row := state.Script{
		Name: s.Name, Path: s.Path, Language: string(s.Language), Description: s.Header.Description,
		Version: s.Version, Timezone: s.Header.Timezone, Disabled: s.Header.Disabled,
	}
	for _, schedule := range s.Header.Schedules {
		row.Schedules = append(row.Schedules, schedule.Text)
	}
	if s.Version == "" {
		// It never compiled since this host started. An earlier one may have left a version that did.
		before, err := m.host.config.DB.Script(ctx, s.Name)
		switch {
		case err == nil:
			row = before
		case !errors.Is(err, state.ErrNotFound):
			return err
		}
	} else {
		if err := m.host.config.DB.PutVersion(ctx, versionOf(s)); err != nil {
			return err
		}
	}
	row.Broken = brokenError(s.Err)
	return m.host.config.DB.PutScript(ctx, row)
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
	started := m.host.scheduler != nil // not one of those found at the start
	switch {
	case s.Err != nil && s.Version != "":
		log.Error("script is broken: its last good version stays", slog.String("version", short(s.Version)), slog.Any("error", s.Err))
	case s.Err != nil:
		log.Error("script is broken", slog.Any("error", s.Err))
	case !started:
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
