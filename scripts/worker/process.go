//go:build unix

package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// helloTimeout bounds how long a new process may take to say that it is a worker, and startTimeout how long it may take to make its
// engine. A busy machine takes seconds.
const (
	helloTimeout = 15 * time.Second
	startTimeout = 30 * time.Second
)

// process is a worker as the host sees it.
type process struct {
	cmd    *exec.Cmd
	conn   net.Conn
	link   *wire.Link
	stderr *headBuffer
	// serves tells what the process may run, once it has run something.
	serves authority
	// compiled are the versions that it has run, the latest last.
	compiled []string
	// script is the one that it runs, or has run last, and runs counts them.
	script string
	runs   int
	// used is when it last ended a run.
	used time.Time

	exited chan struct{} // closed when it is gone; what follows is set then
	ended  *os.ProcessState
}

// authority is what a job may do and take. A process runs jobs of one authority only.
type authority struct {
	memory int64
	owner  string
	// access are the permissions and the names of variables, in order.
	access string
}

func (p *Pool) authorityOf(j *Job, permissions []byte) authority {
	access := append([]string{inOrder(permissions)}, slices.Sorted(maps.Keys(j.Env))...)
	a := authority{memory: j.Limits.Memory, owner: j.Owner, access: strings.Join(access, "\n")}
	if a.memory <= 0 {
		a.memory = p.options.Memory
	}
	return a
}

// inOrder returns permissions in a form that does not depend on the order of their words.
func inOrder(permissions []byte) string {
	var form any
	if json.Unmarshal(permissions, &form) != nil {
		return string(permissions)
	}
	sortWords(form)
	sorted, err := json.Marshal(form)
	if err != nil {
		return string(permissions)
	}
	return string(sorted)
}

// sortWords sorts the lists of words in a JSON value.
func sortWords(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, member := range v {
			sortWords(member)
		}
	case []any:
		isWords := !slices.ContainsFunc(v, func(item any) bool { _, isText := item.(string); return !isText })
		if isWords {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(a.(string), b.(string)) }) //nolint:forcetypeassert // looked at above
			return
		}
		for _, item := range v {
			sortWords(item)
		}
	}
}

// maxCompiled is how many programs a process keeps.
const maxCompiled = 64

// note tells that the process runs a version now.
func (w *process) note(version string) {
	w.compiled = slices.DeleteFunc(w.compiled, func(other string) bool { return other == version })
	if len(w.compiled) == maxCompiled {
		w.compiled = slices.Delete(w.compiled, 0, 1)
	}
	w.compiled = append(w.compiled, version)
}

// start starts a worker and waits until it is ready. onExit is called when it has ended.
func (p *Pool) start() (*process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("make the socket of a worker: %w", err)
	}
	defer theirs.Close()
	cmd := exec.Command(p.executable, p.args...) //nolint:noctx // it lives as long as the pool says
	cmd.Args[0] = filepath.Base(os.Args[0])
	cmd.Env = environment()
	cmd.Dir = string(filepath.Separator)
	cmd.ExtraFiles = []*os.File{theirs} // the first is wire.LinkFD
	cmd.SysProcAttr = attributes()
	// What a grandchild might keep open does not hold up the end.
	cmd.WaitDelay = time.Second
	stderr := &headBuffer{}
	cmd.Stderr = stderr
	if err := p.forker.start(cmd); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	w := &process{cmd: cmd, conn: ours, link: wire.NewLink(ours), stderr: stderr, exited: make(chan struct{})}
	awaited := make(chan struct{}) // closed when what it said at its start was read
	p.waiting.Go(func() {
		_ = cmd.Wait() // the state tells it all
		w.ended = cmd.ProcessState
		<-awaited
		// Nothing more comes from it, also when something else has its end of the socket.
		_ = ours.Close()
		close(w.exited)
	})
	err = w.awaitReady()
	close(awaited)
	if err != nil {
		w.endsWithin(wordsPatience) // what it says on its way out is why
		w.kill()
		<-w.exited
		return nil, fmt.Errorf("the worker did not start: %w%s", err, w.lastWords())
	}
	return w, nil
}

// wordsPatience is how long a process that is no worker may take to end by itself.
const wordsPatience = 200 * time.Millisecond

// awaitReady waits until the process is a worker with an engine.
func (w *process) awaitReady() error {
	var hello wire.HelloMessage
	if err := w.expect(wire.FrameHello, &hello, helloTimeout); err != nil {
		return fmt.Errorf("%w (%w)", ErrNoMain, err)
	}
	if hello.Protocol != wire.Protocol {
		return fmt.Errorf("it speaks version %d of the protocol, not %d", hello.Protocol, wire.Protocol)
	}
	var ready wire.ReadyMessage
	if err := w.expect(wire.FrameReady, &ready, startTimeout); err != nil {
		return fmt.Errorf("it has no engine: %w", err)
	}
	if ready.Error != "" {
		return errors.New("it has no engine: " + ready.Error)
	}
	return w.conn.SetReadDeadline(time.Time{})
}

// expect receives a message of one kind within a time.
func (w *process) expect(kind wire.FrameKind, into any, within time.Duration) error {
	if err := w.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	f, err := w.link.Receive(nil)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("it said nothing for %s", within)
	case errors.Is(err, io.EOF):
		return errors.New("it ended without a word to its host")
	case err != nil:
		return err
	case f.Kind != kind:
		return fmt.Errorf("it sent a message of kind %d in place of %d", f.Kind, kind)
	}
	return f.Decode(into)
}

// kill ends the process at once. It may be called at any time and often.
func (w *process) kill() {
	_ = w.cmd.Process.Kill() // it fails when the process has ended, which is just as well
	_ = w.conn.Close()
}

// endsWithin waits for the end of the process, but not longer than d.
func (w *process) endsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.exited:
		return true
	case <-timer.C:
		return false
	}
}

// alive reports whether the process has not ended.
func (w *process) alive() bool {
	select {
	case <-w.exited:
		return false
	default:
		return true
	}
}

// lastWords is the first line that an ended process wrote to standard error, for an error message.
func (w *process) lastWords() string {
	line, _, _ := strings.Cut(strings.TrimSpace(w.stderr.String()), "\n")
	if line == "" {
		return ""
	}
	return " (" + line + ")"
}

// socketPair makes the two ends of a connection. No other child process inherits them.
func socketPair() (host net.Conn, worker *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "host")
	defer ours.Close() // the connection has a descriptor of its own
	if host, err = net.FileConn(ours); err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return host, theirs, nil
}

// workerProcs bounds the threads that run a worker's Go code: a machine with many cores runs many workers.
const workerProcs = 4

// environment is what a worker gets of the host's. Its script sees nothing of it.
func environment() []string {
	env := []string{wire.EnvWorker + "=1", fmt.Sprintf("GOMAXPROCS=%d", min(workerProcs, runtime.GOMAXPROCS(0))), "GOTRACEBACK=single"}
	for _, name := range [...]string{"TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		// A proxy's password is a secret of the host.
		if value, ok := os.LookupEnv(name); ok && !strings.Contains(value, "@") {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// headBuffer keeps the beginning of what is written to it: a crash says what happened first.
type headBuffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

const headSize = 8 << 10

func (b *headBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data.Write(p[:min(len(p), headSize-b.data.Len())])
	return len(p), nil
}

func (b *headBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// forker starts processes from one thread that lives as long as the pool: the kernel takes the end of the thread that
// started a child for the end of its parent.
type forker struct {
	work chan func()
	done chan struct{}
}

// newForker returns a forker whose thread has done something that children inherit, when that is not nil.
func newForker(prepare func()) *forker {
	f := &forker{work: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		// It is never unlocked: the thread ends with the goroutine, for it must run nothing else.
		runtime.LockOSThread()
		if prepare != nil {
			prepare()
		}
		for start := range f.work {
			start()
		}
	}()
	return f
}

func (f *forker) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	f.work <- func() { result <- cmd.Start() }
	return <-result
}

// close waits for the thread. Nothing may start any more.
func (f *forker) close() {
	close(f.work)
	<-f.done
}
