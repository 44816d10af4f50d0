package scripts

import (
	"context"
	"os"

	"github.com/fsnotify/fsnotify"
)

// Notifier lets tests stand in for inotify.
type Notifier interface {
	Add(dir string) error
	Remove(dir string) error
	Close() error
	Events() <-chan fsnotify.Event
	Errors() <-chan error
}

type testNotifier struct{ Notifier }

func (n testNotifier) events() <-chan fsnotify.Event { return n.Events() }
func (n testNotifier) errors() <-chan error          { return n.Errors() }

// OpenLibraryNotifiedBy is OpenLibrary with another notifier.
func OpenLibraryNotifiedBy(ctx context.Context, dir string, options LibraryOptions, open func() (Notifier, error)) (*Library, error) {
	return openLibrary(ctx, dir, options, func() (notifier, error) {
		n, err := open()
		if err != nil {
			return nil, err
		}
		return testNotifier{n}, nil
	})
}

// RefuseLeases has a library find that nobody can tell whether a file is being written, as other people's files are.
func RefuseLeases(o *LibraryOptions) {
	o.lease = func(*os.File) (free, known bool, release func()) { return false, false, func() {} }
}

// Look returns a function that looks at all files of a library as its own watcher does.
func Look(l *Library) func(context.Context) error {
	copied := &Library{dir: l.dir, root: l.root, options: l.options, subscribers: map[*subscriber]struct{}{}}
	copied.snapshot.Store(&[]*Script{})
	copied.status.Store(&Status{})
	w := newWatcher(copied, newNotifier)
	return func(ctx context.Context) error { return w.refresh(ctx) }
}
