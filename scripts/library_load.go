package scripts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// patience is how long an error may be the fault of files that are being written.
const patience = 2 * time.Second

// loader turns the files of a directory into scripts. It remembers the state in which it has seen each file, and compiles what
// a change concerns.
type loader struct {
	library *Library
	*tasks
	seen    map[string]*sighting
	scripts map[string]*held
	// unleased are the owners of whose files nobody can tell whether they are written. Closes then tells of some.
	unleased map[owner]bool
	closes   *closes
	// moment counts the looks at the directory.
	moment int
}

// sighting is what is known of a file.
type sighting struct {
	info os.FileInfo // nil when the file is gone
	// since is when it came into this state, or zero if it was so at the start.
	since time.Time
	// changed is the moment of the change.
	changed int
}

// held is a script with what it depends on.
type held struct {
	// script is the script as it is shown, but for its name.
	script *Script
	// used are the files that the last attempt read, and built its moment.
	used  map[string]os.FileInfo
	built int
	// shown is what snapshots have: script, or a copy that tells of another script's name.
	shown *Script
	// stuck tells that the last attempt took more than it may.
	stuck bool
	// waiting is since when a change is not taken in because of files that are being written, or zero.
	waiting time.Time
}

func newLoader(l *Library) *loader {
	c := compiler{
		dir: l.dir, root: l.root, engine: l.options.Engine, compile: l.options.Compile, lease: l.options.lease, limits: l.options.Limits, bound: l.bound,
	}
	if l.options.CacheFile != "" {
		c.known = openKnown(l.options)
	}
	return &loader{library: l, seen: map[string]*sighting{}, scripts: map[string]*held{}, unleased: map[owner]bool{}, tasks: newTasks(c, l.options.CompileTimeout)}
}

// end stops all that goes on for the loader.
func (ld *loader) end() {
	ld.stop()
	ld.closes.close()
}

// knows reports whether a script uses a file.
func (ld *loader) knows(path string) bool { return ld.seen[path] != nil }

// importDirs are the directories of all files that scripts use.
func (ld *loader) importDirs() iter.Seq[string] {
	dirs := map[string]struct{}{}
	for _, s := range ld.scripts {
		if len(s.used) > 1 {
			for path := range s.used {
				dirs[filepath.Dir(path)] = struct{}{}
			}
		}
	}
	return maps.Keys(dirs)
}

// load brings the library up to what the files are. Touched are the files that were written since, even when they look the same.
// The result is when to look again for files that are being written, or 0.
func (ld *loader) load(ctx context.Context, files map[string]os.FileInfo, touched map[string]time.Time) (time.Duration, error) {
	now := time.Now()
	first := ld.moment == 0
	ld.moment++
	ld.addImports(files)
	created := ld.sight(files, touched, now, first)
	wait := time.Duration(0)
	unsettled := map[string]bool{}
	for path, s := range ld.seen {
		left := ld.unrest(path, s, now)
		if left <= 0 {
			continue
		}
		unsettled[path] = true
		if wait == 0 || left < wait {
			wait = left
		}
	}
	ld.known.list(&ld.compiler, files)
	ended := ld.advance(ld.seen)
	paths := ld.concerned(files, created, unsettled, ended)
	builds := ld.buildAll(ctx, paths)
	for path, b := range ended {
		paths, builds = append(paths, path), append(builds, b)
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	for i, path := range paths {
		if !ld.take(path, builds[i], len(unsettled) > 0, now) {
			wait = max(wait, ld.library.options.Debounce)
		}
	}
	for path, s := range ld.seen {
		if s.info == nil && !unsettled[path] {
			delete(ld.seen, path)
			delete(ld.scripts, path)
		}
	}
	ld.publish()
	if err := ld.known.save(); err != nil {
		ld.library.options.Logger.Warn("what compiles cannot be remembered for the next start", "error", err)
	}
	if status := ld.library.Status(); !slices.Equal(status.Compiling, ld.pending()) {
		status.Compiling = ld.pending()
		ld.library.status.Store(&status)
	}
	return wait, nil
}

// addImports adds the files that scripts use and that are not found by walking.
func (ld *loader) addImports(files map[string]os.FileInfo) {
	for _, s := range ld.scripts {
		for path := range s.used {
			if _, ok := files[path]; ok {
				continue
			}
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				files[path] = info
			}
		}
	}
}

// sight compares the files with what was seen of them. The result is the stems of those that are new.
func (ld *loader) sight(files map[string]os.FileInfo, touched map[string]time.Time, now time.Time, first bool) map[string]bool {
	created := map[string]bool{}
	var added []*sighting
	for path, info := range files {
		s := ld.seen[path]
		at, wasTouched := touched[path]
		switch {
		case s == nil:
			s = &sighting{info: info, changed: ld.moment}
			if !first {
				s.since = now
				created[stem(path)] = true
				added = append(added, s)
			}
			ld.seen[path] = s
		case s.info == nil || !sameState(s.info, info):
			s.info, s.since, s.changed = info, now, ld.moment
		}
		if wasTouched {
			// The event told of this state, unless the file was written again since.
			s.since, s.changed = at, ld.moment
			if written := info.ModTime(); written.After(at) && written.Before(now) {
				s.since = written
			}
		}
	}
	for path, s := range ld.seen {
		if _, ok := files[path]; !ok && s.info != nil {
			since := now
			if i := renamedTo(added, s); i >= 0 {
				since = added[i].since // one goes when the other comes, so that no tick finds both
			}
			s.info, s.since, s.changed = nil, since, ld.moment
		}
	}
	return created
}

// renamedTo finds the file that one which has vanished is now, or returns -1.
func renamedTo(added []*sighting, gone *sighting) int {
	const most = 1000 // as many may have vanished
	if len(added) > most {
		return -1
	}
	return slices.IndexFunc(added, func(s *sighting) bool { return os.SameFile(s.info, gone.info) })
}

// concerned are the scripts to compile: those that are new, whose files changed, whose imports may now mean another file, and
// those with an error that any change may have mended. Scripts whose files are being written wait.
func (ld *loader) concerned(files map[string]os.FileInfo, created, unsettled map[string]bool, ended map[string]build) []string {
	latest, latestImport := 0, 0
	for path, s := range ld.seen {
		latest = max(latest, s.changed)
		if !isScript(ld.name(path)) {
			latestImport = max(latestImport, s.changed)
		}
	}
	var paths []string
	for path := range files {
		if _, known := ended[path]; known || unsettled[path] || !isScript(ld.name(path)) || !ld.isBelow(path) || ld.isSlow(path) {
			continue
		}
		s := ld.scripts[path]
		if s != nil && s.stuck && ld.seen[path].changed <= s.built {
			// Which imports it has is not known.
			if latestImport > s.built {
				s.built = ld.moment
				ld.queue(path, ld.seen[path].info)
			}
			continue
		}
		if s == nil || s.needsBuild(ld.seen, latest, created) && !s.usesAny(unsettled) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// isBelow reports whether a path is in the library's directory: imports from elsewhere below the root are no scripts of it.
func (ld *loader) isBelow(path string) bool {
	return strings.HasPrefix(path, ld.dir+string(filepath.Separator))
}

func (s *held) needsBuild(seen map[string]*sighting, latest int, created map[string]bool) bool {
	if s.script.Err != nil && latest > s.built || !s.waiting.IsZero() {
		return true
	}
	for path := range s.used {
		if now := seen[path]; now == nil || now.changed > s.built {
			return true
		}
		if len(s.used) > 1 && created[stem(path)] {
			return true
		}
	}
	return false
}

func (s *held) usesAny(files map[string]bool) bool {
	for path := range s.used {
		if files[path] {
			return true
		}
	}
	return false
}

// buildAll compiles scripts side by side.
func (ld *loader) buildAll(ctx context.Context, paths []string) []build {
	builds := make([]build, len(paths))
	var group sync.WaitGroup
	next := make(chan int)
	for range min(atATime(ld.library.options.Limit), len(paths)) {
		group.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					builds[i] = ld.run(ctx, paths[i], ld.seen[paths[i]].info)
				}
			}
		})
	}
	for i := range paths {
		next <- i
	}
	close(next)
	group.Wait()
	return builds
}

// take keeps the outcome of a build. It is false when the script has to be built again soon.
func (ld *loader) take(path string, b build, writing bool, now time.Time) bool {
	s := ld.scripts[path]
	if errors.Is(b.err, errSlow) {
		ld.hold(path, s, b)
		return true
	}
	ld.distrust(b.unleased)
	// An error may be half a file, of the script or of one that it imports.
	unsettled := errors.Is(b.err, errUnsettled)
	for used, info := range b.used {
		seen := ld.seen[used]
		switch {
		case seen == nil:
			ld.seen[used] = &sighting{info: info, changed: ld.moment}
		case seen.info == nil || !sameState(seen.info, info) || ld.unrest(used, seen, now) > 0:
			unsettled = true
		}
	}
	if s != nil && b.err == nil && s.script.lostPart(&b) && now.Sub(ld.seen[path].since) < settleTime {
		unsettled = true
	}
	if unsettled && s == nil && ld.moment == 1 {
		// Nobody shall take it for one that is gone.
		ld.begin(path, b, errUnsettled)
		ld.scripts[path].waiting = now
	}
	if unsettled || b.err != nil && writing {
		since := ld.seen[path].since
		if s == nil && (unsettled || now.Sub(since) < patience) {
			return false
		}
		if s != nil && s.waiting.IsZero() {
			s.waiting = now
		}
		if s != nil && (unsettled || now.Sub(s.waiting) < patience) {
			return false
		}
	}
	language, _ := engine.LanguageOf(path)
	// A header is read even of a script that does not compile: its name stays what it was.
	script := &Script{Path: ld.name(path), Language: language, Name: cmp.Or(b.header.Name, defaultName(ld.name(path)))}
	if s == nil {
		s = &held{script: script}
		ld.scripts[path] = s
	}
	s.waiting, s.built, s.stuck = time.Time{}, ld.moment, isCostly(b.err)
	if b.err != nil {
		// What the last version used stays of interest, as far as it is there.
		used := maps.Clone(b.used)
		for path, info := range s.used {
			if seen := ld.seen[path]; used[path] == nil && seen != nil && seen.info != nil {
				used[path] = info
			}
		}
		s.used = used
		ld.reject(s, b.err)
		return true
	}
	s.used = b.used
	if s.script.Err == nil && s.script.Version == b.version {
		return true
	}
	script.Header, script.Version, script.Entry, script.Files = b.header, b.version, b.entry, b.files
	s.script = script
	return true
}

// hold leaves a script as it was while its file is being compiled, or shows that it has no version yet.
func (ld *loader) hold(path string, s *held, b build) {
	name := ld.name(path)
	ld.library.options.Logger.Warn("a script takes long to compile; others do not wait for it", "file", name)
	if s != nil {
		s.built = ld.moment
		return
	}
	ld.begin(path, b, &engine.Error{
		Kind: engine.KindCompile, Position: engine.Position{File: name}, Err: errSlow,
		Message: fmt.Sprintf("the script has not compiled yet: it takes more than %s, and others do not wait for it", ld.quick),
	})
}

// begin shows a script that has no version yet.
func (ld *loader) begin(path string, b build, err error) {
	name := ld.name(path)
	language, _ := engine.LanguageOf(path)
	ld.scripts[path] = &held{built: ld.moment, used: b.used, script: &Script{
		Path: name, Language: language, Name: cmp.Or(b.header.Name, defaultName(name)), Err: err,
	}}
}

// reject keeps the last version of a script and tells what is wrong with the file.
func (ld *loader) reject(s *held, err error) {
	if s.script.Err != nil && sameText(s.script.Err, err) {
		return
	}
	broken := *s.script
	broken.Err = err
	s.script = &broken
}

// sameText reports whether two errors say the same, all errors of a header included.
func sameText(a, b error) bool {
	var x, y *HeaderError
	if !errors.As(a, &x) || !errors.As(b, &y) {
		return a.Error() == b.Error()
	}
	return slices.EqualFunc(x.All(), y.All(), func(x, y *HeaderError) bool { return x.Error() == y.Error() })
}
