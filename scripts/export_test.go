package scripts

import (
	"context"
	"slices"

	"github.com/fsnotify/fsnotify"

	"github.com/crisphost/crisphost/engine"
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

// Look returns a function that looks at all files of a library as its own watcher does.
func Look(l *Library) func(context.Context) error {
	copied := &Library{dir: l.dir, root: l.root, options: l.options, subscribers: map[*subscriber]struct{}{}}
	copied.snapshot.Store(&[]*Script{})
	copied.status.Store(&Status{})
	w := newWatcher(copied, newNotifier)
	return func(ctx context.Context) error { return w.refresh(ctx) }
}

// FindCalls lets tests find calls.
var FindCalls = findCalls

// Names lists the words of a Lua script in order, but for its keywords and numbers.
func Names(src []byte, lang engine.Language) []string {
	var names []string
	for _, tok := range tokenize(src, lang) {
		if tok.kind == tokenWord && !slices.Contains(luaKeywords, tok.text) && (tok.text[0] < '0' || tok.text[0] > '9') {
			names = append(names, tok.text)
		}
	}
	return names
}

var luaKeywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat",
	"return", "then", "true", "until", "while",
}
