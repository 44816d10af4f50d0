package term

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/peterh/liner"

	"github.com/crisphost/crisphost/internal/plain"
)

// lineBreak stands for a line break in entries that liner brings back: it edits one line.
const lineBreak = "↵"

// Liner edits lines on a terminal.
type Liner struct {
	state *liner.State
	keys  *keyReader
	// first is the terminal's mode before liner changed it, and raw the one that liner works in.
	first, raw liner.ModeApplier
	// folded tells that an entry of several lines was remembered, so that lineBreak means something.
	folded bool
	// recalled are the entries that liner has, and completer what Tab asks: both go to the next state.
	recalled  []string
	completer liner.WordCompleter
	unwatch   func()

	mu sync.Mutex
	// prompting tells that a line is edited, and lent that another program has the terminal.
	prompting, lent bool
}

// keyReader counts what liner reads, a byte at a time so that it counts nothing of the next line.
type keyReader struct {
	from *bufio.Reader
	read int
}

func (k *keyReader) Read(p []byte) (int, error) {
	c, err := k.from.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	k.read++
	return 1, nil
}

// watchKeys puts a keyReader in front of a state's input. Liner does not tell whether Ctrl-C was pressed at an empty line, and has
// no other place to look; should a later version keep its input elsewhere, the answer is nil.
func watchKeys(state *liner.State) *keyReader {
	field := reflect.ValueOf(state).Elem().FieldByName("r")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*bufio.Reader]() {
		return nil
	}
	input := (**bufio.Reader)(field.Addr().UnsafePointer())
	keys := &keyReader{from: *input}
	*input = bufio.NewReader(keys)
	return keys
}

// NewLiner takes the terminal of the process. It fails if standard input is not a terminal.
func NewLiner() (*Liner, error) {
	first, err := liner.TerminalMode()
	if err != nil {
		return nil, fmt.Errorf("the terminal cannot be used: %w", err)
	}
	r := &Liner{first: first}
	r.open()
	if r.raw, err = liner.TerminalMode(); err != nil {
		_ = r.state.Close()
		return nil, fmt.Errorf("the terminal cannot be used: %w", err)
	}
	r.unwatch = onContinue(r.resume)
	return r, nil
}

// open makes the state that reads.
func (r *Liner) open() {
	r.state = liner.NewLiner()
	r.keys = watchKeys(r.state)
	r.state.SetCtrlCAborts(true)
	r.state.SetBeep(false)
	r.state.SetTabCompletionStyle(liner.TabPrints)
	r.state.SetWordCompleter(r.completer)
	for _, entry := range r.recalled {
		r.state.AppendHistory(entry)
	}
}

// resume takes the terminal again after Ctrl-Z: the shell that had it meanwhile leaves it in its own mode.
func (r *Liner) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lent || !inForeground() {
		return
	}
	_ = r.raw.ApplyMode()
	if r.prompting {
		withoutSignals()
		redraw()
	}
}

// prompt tells resume whether a line is edited. Whatever happened to the mode before, from here on it is liner's. Liner shows the
// prompt before it makes Ctrl-C a key, which is too late for who presses it at once.
func (r *Liner) prompt(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prompting = on
	_ = r.raw.ApplyMode()
	if on {
		withoutSignals()
	}
}

// ReadLine implements Reader.
func (r *Liner) ReadLine(prompt, initial string) (string, error) {
	r.prompt(true)
	defer r.prompt(false)
	if r.keys != nil {
		r.keys.read = 0
	}
	line, err := r.state.PromptWithSuggestion(prompt, initial, -1)
	if errors.Is(err, liner.ErrPromptAborted) {
		if r.keys == nil || r.keys.read == 1 { // Ctrl-C alone
			return "", ErrAborted
		}
		return "", ErrDropped
	}
	if r.folded {
		line = strings.ReplaceAll(line, lineBreak, "\n")
	}
	return line, err
}

// Discard drops what was typed before. A state keeps what it has read of it, so there is a new one.
func (r *Liner) Discard() {
	_ = r.state.Close()
	r.open()
	dropKeys(os.Stdin)
}

// maxRecalled is the size in bytes up to which an entry can be brought back: a line that fills the screen many times over
// cannot be edited.
const maxRecalled = 16 << 10

// Remember implements Reader. What is too long to be edited is not remembered.
func (r *Liner) Remember(entry string) {
	if len(entry) > maxRecalled || strings.Contains(entry, lineBreak) {
		return
	}
	if strings.Contains(entry, "\n") {
		r.folded = true
		entry = strings.ReplaceAll(entry, "\n", lineBreak)
	}
	// Tabs and the like would take another width than liner counts.
	entry = strings.Map(func(c rune) rune {
		if c == '\t' {
			return ' '
		}
		if plain.IsUnsafe(c) {
			return -1
		}
		return c
	}, entry)
	r.recalled = append(r.recalled, entry)
	if len(r.recalled) > liner.HistoryLimit {
		r.recalled = r.recalled[1:]
	}
	r.state.AppendHistory(entry)
}

// Complete implements Reader.
func (r *Liner) Complete(f func(string, int) (string, []string, string)) {
	r.completer = f
	r.state.SetWordCompleter(f)
}

// Lend implements Reader.
func (r *Liner) Lend() (func(), error) {
	if err := r.giveTo(true); err != nil {
		return nil, err
	}
	return func() { _ = r.giveTo(false) }, nil
}

// giveTo gives the terminal to another program, or takes it back.
func (r *Liner) giveTo(other bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lent = other
	if other {
		return r.first.ApplyMode()
	}
	return r.raw.ApplyMode()
}

// Close implements Reader.
func (r *Liner) Close() error {
	r.unwatch()
	return r.state.Close()
}
