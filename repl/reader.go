package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// errAborted is what a reader returns when Ctrl-C was pressed.
var errAborted = errors.New("aborted")

// errDropped is errAborted where something was typed, or may have been.
var errDropped = fmt.Errorf("%w with a line", errAborted)

// reader reads what a person enters, line by line. All methods but interrupts are called from one goroutine.
type reader interface {
	// readLine shows the prompt, which has no control characters, and returns a line without its end. The line begins with
	// initial, which can be edited. It returns errAborted or errDropped after Ctrl-C, and io.EOF after Ctrl-D on an empty line.
	readLine(prompt, initial string) (string, error)
	// discard drops what was typed and not read yet, and waits until nothing more of it comes.
	discard()
	// remember adds an entry, which may have several lines, to what the arrow keys and Ctrl-R find.
	remember(entry string)
	// complete sets what Tab offers; see completer.complete.
	complete(func(line string, pos int) (head string, candidates []string, tail string))
	// lend gives the terminal the mode that it had before the shell, for another program, and returns a function that takes
	// it back.
	lend() (restore func(), err error)
	close() error
}

// plainReader reads lines without editing: from a pipe or a file, or from a terminal that cannot move its cursor.
type plainReader struct {
	ctx context.Context
	in  *bufio.Reader
	// terminal is where the lines are typed, or nil.
	terminal *os.File
	// prompts takes the prompts, or is nil where nobody reads them.
	prompts io.Writer
	// interrupts tells of Ctrl-C while a line is typed.
	interrupts <-chan os.Signal
	// pending is the read that Ctrl-C left.
	pending chan readResult
	// ahead is a line that was looked at and not taken.
	ahead *readResult
}

type readResult struct {
	line string
	err  error
}

// maxEntry bounds what is entered at once, so that a stream that never ends a line does not fill the memory.
const maxEntry = 64 << 20

func newPlainReader(ctx context.Context, in io.Reader, prompts io.Writer, interrupts <-chan os.Signal) *plainReader {
	r := &plainReader{ctx: ctx, in: bufio.NewReaderSize(in, 64<<10), prompts: prompts, interrupts: interrupts}
	if file, ok := in.(*os.File); ok && prompts != nil {
		r.terminal = file
	}
	return r
}

func (r *plainReader) readLine(prompt, _ string) (string, error) {
	if got := r.ahead; got != nil {
		r.ahead = nil
		return got.line, got.err
	}
	if r.prompts != nil {
		fmt.Fprint(r.prompts, prompt)
	}
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
		return "", errDropped
	case <-r.ctx.Done():
		return "", context.Cause(r.ctx)
	}
}

// peek looks at the next line. It is empty at the end.
func (r *plainReader) peek() string {
	if r.ahead == nil {
		line, err := r.readLine("", "")
		r.ahead = &readResult{line, err}
	}
	return r.ahead.line
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

func (r *plainReader) discard() {
	r.ahead = nil
	if r.terminal != nil {
		dropKeys(r.terminal)
	}
	if r.pending == nil {
		_, _ = r.in.Discard(r.in.Buffered())
		return
	}
	select { // a line that was complete after Ctrl-C left its read
	case <-r.pending:
		r.pending = nil
	default:
	}
}

func (r *plainReader) remember(string) {}

func (r *plainReader) complete(func(string, int) (string, []string, string)) {}

func (r *plainReader) lend() (func(), error) { return func() {}, nil }

func (r *plainReader) close() error { return nil }
