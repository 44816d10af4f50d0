//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// A rename shows as a script that goes and another one that comes, which may be some time apart.
const (
	// removeAfter is how long a script that vanished is kept, for the file to appear under another name.
	removeAfter = time.Second
	// copyAfter is how long a script that does what another one does is not taken for a copy of it: that may be about to vanish.
	copyAfter = 300 * time.Millisecond
	// renamedWithin is how long after its removal a script is still taken for the one that appears with its content. Later it is
	// only pointed out.
	renamedWithin = time.Minute
)

// part is one half of what may be a rename: a script that vanished, or one that appeared.
type part struct {
	name, path string
	// content is state.ContentOf its version, or empty when it has none.
	content string
	// script is nil for those that only the database knows.
	script *scripts.Script
}

func partOf(s *scripts.Script) part {
	p := part{name: s.Name, path: s.Path, script: s}
	if s.Version != "" {
		p.content = state.ContentOf(s.Entry, s.Files)
	}
	return p
}

// stem is the name of a script's file alone.
func (p *part) stem() string {
	base := path.Base(p.path)
	return strings.TrimSuffix(base, path.Ext(base))
}

// pairs finds the renames among scripts that vanished and that appeared, by their content. Of several that are the same, those whose files
// have the same name belong together; what remains is told from each other by nothing, and no pair.
func pairs(left, came []part) (renames [][2]part, restLeft, restCame []part) {
	byContent := map[string][2][]part{}
	for i, list := range [2][]part{left, came} {
		for _, p := range list {
			if p.content == "" {
				continue
			}
			both := byContent[p.content]
			both[i] = append(both[i], p)
			byContent[p.content] = both
		}
	}
	paired := map[string]bool{}
	pair := func(a, b part) {
		renames = append(renames, [2]part{a, b})
		paired[a.name], paired[b.name] = true, true
	}
	for _, both := range byContent {
		if len(both[0]) == 1 && len(both[1]) == 1 {
			pair(both[0][0], both[1][0])
			continue
		}
		for _, a := range both[0] {
			same := func(p part) bool { return p.stem() == a.stem() }
			before, after := slices.DeleteFunc(slices.Clone(both[0]), not(same)), slices.DeleteFunc(slices.Clone(both[1]), not(same))
			if len(before) == 1 && len(after) == 1 {
				pair(a, after[0])
			}
		}
	}
	isPaired := func(p part) bool { return paired[p.name] }
	slices.SortFunc(renames, func(a, b [2]part) int { return strings.Compare(a[0].name, b[0].name) })
	return renames, slices.DeleteFunc(slices.Clone(left), isPaired), slices.DeleteFunc(slices.Clone(came), isPaired)
}

func not(is func(part) bool) func(part) bool { return func(p part) bool { return !is(p) } }

// replace takes over that scripts vanished and others appeared.
func (m *mirror) replace(ctx context.Context, left, came []part) error {
	m.forgetHeld(left, came)
	if len(left)+len(came) == 0 {
		return nil
	}
	var errs []error
	gone := left
	renames, left, came := pairs(left, came)
	renames = slices.DeleteFunc(renames, func(r [2]part) bool {
		twin := m.hasTwin(r[0], gone)
		if twin { // it may be about to get the new name, or another one
			left, came = append(left, r[0]), append(came, r[1])
		}
		return twin
	})
	late, err := m.latePairs(ctx, came)
	if err != nil {
		return err
	}
	for _, r := range append(renames, late...) {
		switch renamed, err := m.rename(ctx, r[0], r[1]); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil: // both stay as they are until it succeeds
			errs = append(errs, err)
			came = slices.DeleteFunc(came, r[1].is)
		case renamed:
			came = slices.DeleteFunc(came, r[1].is)
		default: // they are no pair
			if r[0].script != nil || !m.started() {
				left = append(left, r[0])
			}
			if !slices.ContainsFunc(came, r[1].is) {
				came = append(came, r[1])
			}
		}
	}
	errs = append(errs, m.remove(ctx, m.due(left, removeAfter, nil), append(m.appeared(), came...)))
	var list []*scripts.Script
	for _, p := range m.due(came, copyAfter, m.isCopy) {
		list = append(list, p.script)
		if m.started() {
			m.fresh[p.name] = time.Now()
		}
	}
	return errors.Join(append(errs, m.save(ctx, list))...)
}

// appeared are the scripts that appeared a moment ago, with one that vanished and is not removed before it was waited for.
func (m *mirror) appeared() []part {
	var list []part
	for name, at := range m.fresh {
		s := m.shown[name]
		if s == nil || m.held[name].After(at) || time.Since(at) > 2*removeAfter {
			delete(m.fresh, name)
			continue
		}
		list = append(list, part{name: name, path: s.Path})
	}
	return list
}

func (p *part) is(other part) bool { return other.name == p.name }

// due are the parts that have waited for long enough for their other half, of those that may have one. At the start nothing waits.
func (m *mirror) due(parts []part, wait time.Duration, mayWait func(part) bool) []part {
	if !m.started() {
		return parts
	}
	now := time.Now()
	var over []part
	for _, p := range parts {
		until, waits := m.held[p.name]
		switch {
		case !waits && (mayWait == nil || mayWait(p)):
			m.held[p.name] = now.Add(wait)
		case waits && now.Before(until):
		default:
			over = append(over, p)
		}
	}
	return over
}

// forgetHeld forgets those that waited and are neither gone nor new any more.
func (m *mirror) forgetHeld(left, came []part) {
	for name := range m.held {
		one := part{name: name}
		if !slices.ContainsFunc(left, one.is) && !slices.ContainsFunc(came, one.is) {
			delete(m.held, name)
		}
	}
}

// nextHeld is how long it is until one of those that wait has waited for long enough.
func (m *mirror) nextHeld() (wait time.Duration, held bool) {
	for _, until := range m.held {
		if left := max(time.Until(until), 0); !held || left < wait {
			wait, held = left, true
		}
	}
	return wait, held
}

// isCopy reports whether a script that appeared holds what another one holds.
func (m *mirror) isCopy(p part) bool {
	code := p.script.Files[p.script.Entry]
	for name, s := range m.shown {
		if other := s.Files[s.Entry]; name != p.name && len(code) > 0 && bytes.Equal(code, other) {
			return true
		}
	}
	return false
}

// hasTwin reports whether a script that is not gone holds what one that vanished held.
func (m *mirror) hasTwin(p part, gone []part) bool {
	before := m.shown[p.name]
	if before == nil {
		return false
	}
	code := before.Files[before.Entry]
	for name, s := range m.shown {
		other := part{name: name}
		if name != p.name && len(code) > 0 && bytes.Equal(code, s.Files[s.Entry]) && !slices.ContainsFunc(gone, other.is) {
			return true
		}
	}
	return false
}

// latePairs are renames of scripts that were removed a while ago. One that was removed long ago is only pointed out.
func (m *mirror) latePairs(ctx context.Context, came []part) (renames [][2]part, err error) {
	if len(came) == 0 {
		return nil, nil
	}
	all, err := m.host.config.DB.Departures(ctx)
	if err != nil {
		return nil, err
	}
	var left []part
	own := map[string]bool{}
	removed := map[string]state.Departure{}
	for _, d := range all {
		if d.Successor == "" {
			left = append(left, part{name: d.Name, path: d.Path, content: d.Content})
			own[d.Name], removed[d.Name] = true, d
		}
	}
	// Those that come back themselves have what they left.
	came = slices.DeleteFunc(slices.Clone(came), func(p part) bool { return own[p.name] })
	found, _, _ := pairs(left, came)
	for _, r := range found {
		d := removed[r[0].name]
		if m.host.config.DB.Now().Sub(d.RemovedAt) <= renamedWithin {
			renames = append(renames, r)
		} else if _, told := m.held[r[1].name]; !told && d.Keys > 0 {
			m.host.config.Logger.Warn("script added that does what a removed one did: what that one stored is not its own",
				slog.String("script", r[1].name), slog.String("removed", d.Name), slog.Int("keys", d.Keys), slog.String("carry_over", adoptCommand(d.Name, r[1].name)))
		}
	}
	return renames, nil
}

// rename carries what a script has over to the one that it is now. It is false when they are two scripts after all.
func (m *mirror) rename(ctx context.Context, old, s part) (bool, error) {
	err := m.host.config.DB.RenameScript(ctx, old.name, savedOf(s.script))
	switch {
	case errors.Is(err, state.ErrAdopted), errors.Is(err, state.ErrNotFound), errors.Is(err, state.ErrOwnStore):
		return false, nil // by another host, which did it or removed it; or told as a removal
	case err != nil:
		return false, err
	}
	m.host.config.Logger.Info("script renamed: its store, its files, its runs and its pause went with it",
		slog.String("script", s.name), slog.String("was", old.name))
	m.forget(old.name)
	m.shown[s.name] = s.script
	delete(m.held, s.name)
	m.host.events.tell(console.Event{Script: s.name})
	if m.started() {
		m.host.scheduler.Wake()
	}
	return true, nil
}

// remove forgets scripts that vanished, and tells how what they stored can be carried over.
func (m *mirror) remove(ctx context.Context, left, came []part) error {
	if len(left) == 0 {
		return nil
	}
	names := make([]string, len(left))
	for i, p := range left {
		names[i] = p.name
	}
	removed, err := m.host.config.DB.RemoveScripts(ctx, names)
	if err != nil {
		return err
	}
	for _, p := range left {
		m.forget(p.name)
	}
	if len(removed) > 0 && m.started() {
		m.host.scheduler.Wake()
	}
	all, err := m.host.config.DB.Departures(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if !slices.Contains(removed, d.Name) {
			continue
		}
		log := m.host.config.Logger.With(slog.String("script", d.Name))
		if d.Keys == 0 {
			log.Info("script removed")
			continue
		}
		log.Warn(fmt.Sprintf("script removed: what it stored is kept for %d days", int(state.KeepDeparted.Hours()/24)),
			slog.Int("keys", d.Keys), slog.String("carry_over", adoptCommand(d.Name, likely(d, came))))
	}
	return nil
}

// likely is which of the scripts that appeared continues a removed one, or a word for it.
func likely(d state.Departure, came []part) string {
	gone := part{name: d.Name, path: d.Path}
	for _, same := range []func(part) bool{
		func(p part) bool { return p.path == gone.path },
		func(p part) bool { return p.stem() == gone.stem() },
		func(part) bool { return true },
	} {
		if fit := slices.DeleteFunc(slices.Clone(came), not(same)); len(fit) == 1 {
			return fit[0].name
		}
	}
	return "NEW"
}

// adoptCommand is what carries over by hand.
func adoptCommand(old, name string) string {
	return "crisphost scripts adopt " + shellWord(old) + " " + shellWord(name)
}

// shellWord is a text as one word of a shell.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("._/-", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if text != "" && strings.TrimFunc(text, plain) == "" && text[0] != '-' {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// forget has nothing point at a script that is no longer there.
func (m *mirror) forget(name string) {
	delete(m.shown, name)
	delete(m.held, name)
	if t := m.host.config.Telemetry; t != nil {
		t.Remove(name)
	}
	m.host.events.tell(console.Event{Script: name})
}
