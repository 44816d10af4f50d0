// Package term reads what a person enters and shows what the shell has to say.
package term

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// ErrAborted is what a reader returns when Ctrl-C was pressed.
var ErrAborted = errors.New("aborted")

// ErrDropped is ErrAborted where something was typed, or may have been.
var ErrDropped = fmt.Errorf("%w with a line", ErrAborted)

// Reader reads what a person enters, line by line. All methods but Aside are called from one goroutine.
type Reader interface {
	// ReadLine shows the prompt, which has no control characters, and returns a line without its end. The line begins with
	// initial, which can be edited. It returns ErrAborted or ErrDropped after Ctrl-C, io.EOF after Ctrl-D on an empty line, and a
	// *Pasted when a block was pasted, of which it shows nothing.
	ReadLine(prompt, initial string) (string, error)
	// Ask is ReadLine for the answer to a question: nothing is completed, and whatever is pasted is a *Pasted.
	Ask(prompt string) (string, error)
	// Editable reports whether a text can be the initial one of a line.
	Editable(text string) bool
	// Discard drops what was typed and not read yet, and waits until nothing more of it comes.
	Discard()
	// Remember adds an entry, which may have several lines, to what the arrow keys and Ctrl-R find.
	Remember(entry string)
	// Complete sets what Tab offers: the line becomes head, one of the candidates, tail.
	Complete(func(line string, pos int) (head string, candidates []string, tail string))
	// Aside calls show, which writes whole lines, from any goroutine. A line that is being edited is taken away before, and shown again
	// below as it was.
	Aside(show func())
	// Lend gives the terminal the mode that it had before the shell, for another program, and returns a function that takes
	// it back.
	Lend() (restore func(), err error)
	Close() error
}

// Plain reads lines without editing: from a pipe or a file, or from a terminal that cannot move its cursor.
type Plain struct {
	ctx context.Context
	in  *bufio.Reader
	// terminal is where the lines are typed, or nil; remote is the connection that they come from, or nil.
	terminal *os.File
	remote   deadliner
	// prompts takes the prompts, or is nil where nobody reads them.
	prompts io.Writer
	// interrupts tells of Ctrl-C while a line is typed.
	interrupts <-chan struct{}
	// pending is the read that Ctrl-C left.
	pending chan readResult
	// ahead is a line that was looked at and not taken.
	ahead *readResult

	mu sync.Mutex
	// shown is the prompt behind which a line is typed, or empty.
	shown string
}

type readResult struct {
	line string
	err  error
}

// maxEntry bounds what is entered at once, so that a stream that never ends a line does not fill the memory.
const maxEntry = 64 << 20

// NewPlain returns a reader of lines of in. Prompts go to prompts, unless it is nil. A read is left when an interrupt comes, and for
// good when the context ends.
func NewPlain(ctx context.Context, in io.Reader, prompts io.Writer, interrupts <-chan struct{}) *Plain {
	r := &Plain{ctx: ctx, in: bufio.NewReaderSize(in, 64<<10), prompts: prompts, interrupts: interrupts}
	if prompts != nil {
		switch in := in.(type) {
		case *os.File:
			r.terminal = in
		case deadliner:
			r.remote = in
		}
	}
	return r
}

// deadliner is a connection whose reads can be bounded, such as a net.Conn.
type deadliner interface {
	io.Reader
	SetReadDeadline(t time.Time) error
}

// ReadLine implements Reader. There is no initial text.
func (r *Plain) ReadLine(prompt, _ string) (string, error) {
	if got := r.ahead; got != nil {
		r.ahead = nil
		return got.line, got.err
	}
	r.show(prompt)
	defer r.show("")
	if r.pending == nil {
		r.pending = make(chan readResult, 1)
		go func(done chan<- readResult) {
			line, err := readWhole(r.in)
			done <- readResult{line, err}
		}(r.pending)
	}
	select {
	case got := <-r.pending:
		r.pending = nil
		return got.line, got.err
	case <-r.interrupts:
		// The terminal forgot what was typed; the read goes on with the next line.
		if r.prompts != nil {
			fmt.Fprintln(r.prompts)
		}
		return "", ErrDropped
	case <-r.ctx.Done():
		return "", context.Cause(r.ctx)
	}
}

// show shows a prompt, or notes with "" that its line was read.
func (r *Plain) show(prompt string) {
	if r.prompts == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = prompt
	fmt.Fprint(r.prompts, prompt)
}

// Aside implements Reader. What was typed stays where it is, and the prompt is shown again.
func (r *Plain) Aside(show func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shown == "" {
		show()
		return
	}
	fmt.Fprintln(r.prompts)
	show()
	fmt.Fprint(r.prompts, r.shown)
}

// Ask implements Reader.
func (r *Plain) Ask(prompt string) (string, error) { return r.ReadLine(prompt, "") }

// Editable implements Reader.
func (r *Plain) Editable(string) bool { return false }

// Prompts reports whether somebody reads the prompts.
func (r *Plain) Prompts() bool { return r.prompts != nil }

// Peek returns what the next ReadLine will.
func (r *Plain) Peek() (string, error) {
	if r.ahead == nil {
		line, err := r.ReadLine("", "")
		r.ahead = &readResult{line, err}
	}
	return r.ahead.line, r.ahead.err
}

// readWhole reads a line of any length.
func readWhole(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := in.ReadSlice('\n')
		b.Write(part)
		switch {
		case err == nil:
			return strings.TrimRight(b.String(), "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
			if b.Len() > maxEntry {
				return "", fmt.Errorf("a line is longer than %d MiB", maxEntry>>20)
			}
		case errors.Is(err, io.EOF) && b.Len() > 0:
			return strings.TrimRight(b.String(), "\r\n"), nil
		default:
			return "", err
		}
	}
}

// quietTime is how long nothing may have been typed before what is typed counts as new. The rest of what was pasted, and keys that
// repeat, arrive sooner; nobody reads and answers a question in less.
const quietTime = 100 * time.Millisecond

// dropKeys drops what was typed at a terminal and is not read, until nothing more comes.
func dropKeys(terminal *os.File) {
	fd := int(terminal.Fd())
	flushKeys(fd)
	for {
		time.Sleep(quietTime)
		if !flushKeys(fd) {
			return
		}
	}
}

// Discard implements Reader.
func (r *Plain) Discard() {
	r.ahead = nil
	if r.terminal != nil {
		dropKeys(r.terminal)
	}
	if r.pending == nil {
		_, _ = r.in.Discard(r.in.Buffered())
		r.drain()
		return
	}
	select { // a line that was complete after Ctrl-C left its read
	case <-r.pending:
		r.pending = nil
	default:
	}
}

// drain drops what comes from a connection until nothing more does.
func (r *Plain) drain() {
	if r.remote == nil {
		return
	}
	defer func() { _ = r.remote.SetReadDeadline(time.Time{}) }()
	scrap := make([]byte, 4096)
	for r.ctx.Err() == nil {
		if r.remote.SetReadDeadline(time.Now().Add(quietTime)) != nil {
			return
		}
		if _, err := r.remote.Read(scrap); err != nil {
			return // nothing came in time; or the connection has ended, which the next read tells
		}
	}
}

// Remember implements Reader. Nothing is remembered.
func (r *Plain) Remember(string) {}

// Complete implements Reader. There is no Tab.
func (r *Plain) Complete(func(string, int) (string, []string, string)) {}

// Lend implements Reader.
func (r *Plain) Lend() (func(), error) { return func() {}, nil }

// Close implements Reader.
func (r *Plain) Close() error { return nil }
