package scripts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// notifier tells changes in directories. *fsnotify.Watcher is one.
type notifier interface {
	Add(dir string) error
	Remove(dir string) error
	Close() error
	events() <-chan fsnotify.Event
	errors() <-chan error
}

type fsNotifier struct{ *fsnotify.Watcher }

func (n fsNotifier) events() <-chan fsnotify.Event { return n.Events }
func (n fsNotifier) errors() <-chan error          { return n.Errors }

func newNotifier() (notifier, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return fsNotifier{w}, nil
}

// rootCheck is how often the library's directory is looked at: no watch on it tells that a link or a mount above it changed.
const rootCheck = 500 * time.Millisecond

// watcher keeps a library up to date. One goroutine owns it.
type watcher struct {
	library *Library
	loader  *loader
	notify  notifier // nil when the library polls only
	// watched are the directories that are watched, as they were then.
	watched map[string]os.FileInfo
	// visited are the directories of the last look.
	visited map[string]bool
	top     os.FileInfo // the library's directory as it was last seen, or nil
	// skipped is what the last look left out, by path.
	skipped map[string]skip
	// touched are the files that events named since the last look, with the time of the last event.
	touched map[string]time.Time
	timer   *time.Timer
	due     time.Time // when the timer ends, or zero
}

func newWatcher(l *Library, open func() (notifier, error)) *watcher {
	w := &watcher{library: l, loader: newLoader(l), watched: map[string]os.FileInfo{}, touched: map[string]time.Time{}, timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	if kind := networkFileSystem(l.dir); kind != "" {
		w.poll(fmt.Sprintf("%s is on a network file system (%s), which does not tell of changes made elsewhere", l.dir, kind))
		return w
	}
	notify, err := open()
	if err != nil {
		w.poll(watchTrouble(err))
		return w
	}
	w.notify = notify
	return w
}

// watchTrouble explains why directories cannot be watched.
func watchTrouble(err error) string {
	return fmt.Sprintf("directories cannot be watched (%v); on Linux, raise fs.inotify.max_user_watches and max_user_instances with sysctl", err)
}

// poll changes over to polling.
func (w *watcher) poll(reason string) {
	l := w.library
	status := l.Status()
	status.Polling = reason
	l.status.Store(&status)
	l.options.Logger.Warn("polling for changed scripts", "every", l.options.Poll, "reason", reason)
	if w.notify != nil {
		_ = w.notify.Close()
		w.notify = nil
	}
	clear(w.watched)
}

func (w *watcher) close() {
	w.loader.end()
	w.timer.Stop()
	if w.notify != nil {
		_ = w.notify.Close()
	}
}

// run follows the directory until ctx ends.
func (w *watcher) run(ctx context.Context) {
	defer w.close()
	check := time.NewTicker(min(rootCheck, w.library.options.Poll))
	defer check.Stop()
	polled := time.Now()
	for {
		var events <-chan fsnotify.Event
		var failures <-chan error
		if w.notify != nil {
			events, failures = w.notify.events(), w.notify.errors()
		}
		look := false
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events:
			if !ok {
				w.poll("the watch on the directories ended")
				look = true
				break
			}
			w.event(event)
		case err := <-failures:
			w.library.options.Logger.Warn("watching scripts", "error", err)
			w.arm(w.library.options.Debounce) // events may be lost, so all is looked at
		case <-check.C:
			look = w.topChanged() || w.canReadAgain() || w.notify == nil && time.Since(polled) >= w.library.options.Poll
		case <-w.loader.ended:
			look = true
		case <-w.loader.closes.events():
			w.arm(w.library.options.Debounce)
		case <-w.timer.C:
			w.due = time.Time{}
			look = true
		}
		if !look {
			continue
		}
		polled = time.Now()
		if err := w.refresh(ctx); err != nil && ctx.Err() == nil {
			w.missing(err)
		}
	}
}

// topChanged reports whether the directory is another one than at the last look, or came or went.
func (w *watcher) topChanged() bool {
	info, err := os.Stat(w.library.dir)
	if err != nil {
		return w.top != nil
	}
	return w.top == nil || !os.SameFile(info, w.top)
}

// event notes what an event tells. Whatever it is, only looking at the files tells what they are now.
func (w *watcher) event(event fsnotify.Event) {
	const gone = fsnotify.Remove | fsnotify.Rename
	if _, ok := w.watched[event.Name]; ok && event.Op&gone != 0 {
		delete(w.watched, event.Name) // the system forgets the watch of a directory that goes
	}
	known := isCandidate(event.Name) || w.loader.knows(event.Name)
	_, isSkipped := w.skipped[event.Name]
	_, isDir := w.watched[event.Name]
	if event.Op&^(fsnotify.Write|fsnotify.Chmod) == 0 && !known && !isSkipped && !isDir {
		return // something else in the directory, such as a log
	}
	if known && event.Op != fsnotify.Chmod {
		w.touched[event.Name] = time.Now()
	}
	w.arm(w.library.options.Debounce)
}

// arm has the files looked at after a time, unless that is to be earlier.
func (w *watcher) arm(after time.Duration) {
	due := time.Now().Add(after)
	if w.due.IsZero() || due.Before(w.due) {
		w.due = due
		w.timer.Reset(after)
	}
}

// refresh looks at the whole directory and brings the library up to date. An error means that it cannot be read.
func (w *watcher) refresh(ctx context.Context) error {
	l := w.library
	top, err := os.Stat(l.dir)
	if err != nil {
		return err
	}
	w.visited = map[string]bool{}
	found, err := newTree(l)
	if err != nil {
		return err
	}
	found.visit, found.linked = w.watch, w.watchOther
	if err := found.walk(l.dir, top, nil); err != nil {
		return err
	}
	if len(found.files) == 0 && len(l.Scripts()) > 0 && w.top != nil && !os.SameFile(w.top, top) {
		return fmt.Errorf("%s was replaced by an empty directory; is its file system mounted?", l.dir)
	}
	w.top = top
	w.skip(found)
	if status := l.Status(); status.Missing != "" {
		status.Missing = ""
		l.status.Store(&status)
		l.options.Logger.Info("the script directory is back", "directory", l.dir)
	}
	touched := w.touched
	w.touched = map[string]time.Time{}
	follows := w.loader.closes != nil
	again, err := w.loader.load(ctx, found.files, touched)
	if err != nil {
		return err
	}
	if !follows && w.loader.closes != nil {
		for dir := range w.watched {
			w.loader.closes.watch(dir)
		}
	}
	for dir := range w.loader.importDirs() {
		w.watchOther(dir)
	}
	for dir := range w.watched {
		if !w.visited[dir] {
			_ = w.notify.Remove(dir)
			delete(w.watched, dir)
		}
	}
	if again > 0 {
		w.arm(again)
	}
	return nil
}

// missing notes that the directory cannot be read.
func (w *watcher) missing(err error) {
	l := w.library
	if errors.Is(err, fs.ErrNotExist) {
		w.top = nil
	}
	status := l.Status()
	if status.Missing != err.Error() {
		status.Missing = err.Error()
		l.status.Store(&status)
		l.options.Logger.Error("the script directory cannot be read; its scripts stay as they were", "error", err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		w.arm(l.options.Poll)
	}
}

// watch watches a directory. One that was replaced is watched anew.
func (w *watcher) watch(dir string, info os.FileInfo) {
	if w.notify == nil {
		return
	}
	w.visited[dir] = true
	if before, ok := w.watched[dir]; ok {
		if os.SameFile(before, info) {
			return
		}
		_ = w.notify.Remove(dir) // fails when the system forgot it already
	}
	switch err := w.notify.Add(dir); {
	case err == nil:
		w.watched[dir] = info
		w.loader.closes.watch(dir)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // the walk says so
	default:
		w.poll(watchTrouble(err))
	}
}

// watchOther watches a directory that is not found by walking.
func (w *watcher) watchOther(dir string) {
	if info, err := os.Stat(dir); err == nil {
		w.watch(filepath.Clean(dir), info)
	}
}
