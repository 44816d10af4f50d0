package scripts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Script is a script of a Library at one moment. It is immutable.
type Script struct {
	// Name is unique in the library: the header's @name, or else the path without its extension. A script whose name another
	// one has already is shown under its whole path and has an Err.
	Name string
	// Path is the file's path below the library's directory, with slashes.
	Path     string
	Language engine.Language
	// Header and the following are those of the last version that compiled. They are zero when none did.
	Header Header
	// Version is the hash of the content, in hexadecimal SHA-256: the script's path and every file that it is made of.
	Version string
	// Entry is the script's own file among Files.
	Entry string
	// Files are the contents of all files that the version is made of, by their paths below the root, with slashes. They are
	// as the compiler read them.
	Files map[string][]byte
	// Err tells why the file as it stands is not used: a *HeaderError, an *engine.Error of kind KindCompile, or a *NameError;
	// anything else means that it cannot be read. Nil means that Version is what stands in the file.
	Err error
}

// NameError tells that two scripts have one name.
type NameError struct {
	Name string
	// Path is the script that is not used, and Holder the one that has the name: it had it before, or its path comes first.
	Path, Holder string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("two scripts are named %q: %s has the name, so %s is not used; rename a file or give one another @name", e.Name, e.Holder, e.Path)
}

// Change is what happened to a script.
type Change struct {
	// Before is nil for a script that is new, and After for one that is gone.
	Before, After *Script
}

// LibraryOptions tell how a library works. Only Engine is required.
type LibraryOptions struct {
	// Engine compiles the scripts, and has the modules that they may import and the words of their permissions. A library keeps
	// what it needs of a compiled script, so the engine needs no cache of programs (js.WithCacheSize(0)); without one, a new file
	// that hides an imported one is always noticed.
	Engine *engine.Engine
	// Limits are what headers may ask for. Nil is no limit.
	Limits *Limits
	// Root is the directory that imports may read below. Empty is the library's own.
	Root string
	// FollowLinks allows symbolic links that lead out of Root. Without it they are skipped.
	FollowLinks bool
	// Debounce is how long a file must stay as it is before it is read. Zero is 100 ms.
	Debounce time.Duration
	// Poll is the interval of looking for changes where the system cannot tell them. Zero is 2 s.
	Poll time.Duration
	// Logger takes troubles with the directory; Subscribe tells of the scripts. Nil discards.
	Logger *slog.Logger
	// Compile compiles a source and returns the files that it is made of, as engine.Bundled has them. It may be called by many at the
	// same time. Nil compiles with Engine in this process, which a hostile script can end: a host has a worker.Pool do it. After an
	// error that is engine.ErrTimeout or engine.ErrMemory a script is not tried again until it changes.
	Compile func(ctx context.Context, src engine.Source) (map[string][]byte, error)
	// CompileTimeout is how long a script may take to compile. Others do not wait for one that takes more than two seconds. Zero is 15 s.
	CompileTimeout time.Duration
	// CacheFile is where the library remembers which scripts compile, so that they need not be compiled again at the next start. CacheKey
	// names what compiles them: what another build of a program or other modules compiled is compiled again. Empty remembers nothing.
	CacheFile, CacheKey string
	// Limit is how many scripts are compiled at the same time. Zero is the number of processors.
	Limit int

	// lease is leaseFile.
	lease func(*os.File) (free, known bool, release func())
}

// Status tells how a library is.
type Status struct {
	// Polling is why the library polls for changes instead of being told them, or empty.
	Polling string
	// Compiling are the files of scripts that take long to compile. The others do not wait for them.
	Compiling []string
	// Skipped tells which directories and links below the directory cannot be used, and why, in the order of their paths.
	Skipped []string
	// Missing is why the directory cannot be read, or empty. The scripts stay as they were until it can.
	Missing string
}

// Notes are the troubles with single scripts and directories, in words.
func (s Status) Notes() []string {
	var notes []string
	for _, file := range s.Compiling {
		notes = append(notes, file+" takes long to compile; other scripts do not wait for it")
	}
	return append(notes, s.Skipped...)
}

// Library is a directory of scripts that is watched. Its methods are safe for concurrent use.
//
// Scripts are the files that end in .lua, .js, .mjs, .cjs, .ts, .mts or .cts, in the directory and all below it. Not scripts, but
// free to be imported, are files in directories named "lib" or "node_modules", files and directories whose names start with "_"
// or ".", and declarations (.d.ts). Symbolic links are followed
// as far as they stay below the root. What cannot be read, or leads elsewhere, is left out, see Status.Skipped: scripts that were read
// before stay as they were.
//
// A file that is saved is read when it has been left alone for a moment and nobody has it open for writing. Where Linux does not tell
// that, since the file belongs to another user, it is read when its last writer has closed it, or else when it has been left alone for
// two seconds; other systems do not tell it at all. A save that looks like the beginning of the version before, or has lost its
// @permissions, waits for two seconds, too. A file is compiled before it takes the place of the version before; a save that does not compile, or whose header
// is wrong, changes nothing but Script.Err. A script whose imports change is compiled again. Of two scripts of one name
// the one that had it before keeps it, as long as the library is open; of those that come together the first by path has it. When
// the directory itself vanishes the scripts stay as they were, so that a file system that is not mounted does not drop
// schedules; scripts whose files are deleted from a directory that is there are gone.
type Library struct {
	dir, root string
	options   LibraryOptions
	// bound is what Limits allow, or nil.
	bound *engine.Permissions

	snapshot atomic.Pointer[[]*Script]
	status   atomic.Pointer[Status]

	mu          sync.Mutex // guards subscribers, and makes snapshot and changes one
	subscribers map[*subscriber]struct{}

	cancel context.CancelFunc
	done   chan struct{}
}

// OpenLibrary reads the scripts of a directory, compiles them, and watches the directory until the library is closed or ctx
// ends. Scripts with errors are in the library with their errors; the error of OpenLibrary is one of the directory.
func OpenLibrary(ctx context.Context, dir string, options LibraryOptions) (*Library, error) {
	return openLibrary(ctx, dir, options, newNotifier)
}

func openLibrary(ctx context.Context, dir string, options LibraryOptions, notifier func() (notifier, error)) (*Library, error) {
	l, err := newLibrary(dir, options)
	if err != nil {
		return nil, err
	}
	w := newWatcher(l, notifier)
	// Each directory is watched before it is read, so that nothing is missed in between.
	if err := w.refresh(ctx); err != nil {
		w.close()
		return nil, fmt.Errorf("open the script directory: %w", err)
	}
	ctx, l.cancel = context.WithCancel(ctx)
	go func() {
		defer close(l.done)
		w.run(ctx)
	}()
	return l, nil
}

// newLibrary prepares a library that has read nothing yet.
func newLibrary(dir string, options LibraryOptions) (*Library, error) {
	if options.Debounce <= 0 {
		options.Debounce = 100 * time.Millisecond
	}
	if options.Poll <= 0 {
		options.Poll = 2 * time.Second
	}
	if options.lease == nil {
		options.lease = leaseFile
	}
	if options.CompileTimeout <= 0 {
		options.CompileTimeout = defaultCompileTimeout
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Engine == nil {
		return nil, fmt.Errorf("open the script directory %s: LibraryOptions.Engine is missing", dir)
	}
	if options.Compile == nil {
		options.Compile = inProcess(options.Engine)
	}
	l := &Library{options: options, subscribers: map[*subscriber]struct{}{}, done: make(chan struct{})}
	var err error
	if l.bound, err = options.Limits.bound(options.Engine.Vocabulary()); err != nil {
		return nil, err
	}
	if l.dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("open the script directory %s: %w", dir, err)
	}
	l.root = l.dir
	if options.Root != "" {
		if l.root, err = filepath.Abs(options.Root); err != nil {
			return nil, fmt.Errorf("open the script directory %s: %w", dir, err)
		}
	}
	if rel, err := filepath.Rel(l.root, l.dir); err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("the script directory %s is not below the root %s", l.dir, l.root)
	}
	switch info, err := os.Stat(l.dir); {
	case err != nil:
		return nil, fmt.Errorf("open the script directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("open the script directory: %s is a file", dir)
	}
	l.snapshot.Store(&[]*Script{})
	l.status.Store(&Status{})
	return l, nil
}

// Scripts are the scripts in the order of their paths. The slice must not be changed.
func (l *Library) Scripts() []*Script { return *l.snapshot.Load() }

// Dir is the absolute path of the directory.
func (l *Library) Dir() string { return l.dir }

// Status tells how the library is.
func (l *Library) Status() Status { return *l.status.Load() }

// Close stops the watching and ends all subscriptions.
func (l *Library) Close() error {
	l.cancel()
	<-l.done
	return nil
}

// errUnsettled means that a file is being written.
var errUnsettled = errors.New("the file is being written")
