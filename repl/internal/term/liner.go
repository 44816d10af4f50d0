package term

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/peterh/liner"

	"github.com/crisphost/crisphost/internal/plain"
)

// lineBreak and tabMark stand for line breaks and tabs in the line: liner edits one line, and a tab has a width that it does not know.
const (
	lineBreak = "↵"
	tabMark   = "⇥"
)

var (
	fold   = strings.NewReplacer("\n", lineBreak, "\t", tabMark)
	unfold = strings.NewReplacer(lineBreak, "\n", tabMark, "\t")
)

// folded is a text as a line that can be edited. It is false for one that liner cannot hold, or that could not be told from a folded one.
func folded(text string) (line string, ok bool) {
	if len(text) > maxRecalled || strings.Contains(text, lineBreak) || strings.Contains(text, tabMark) {
		return "", false
	}
	line = fold.Replace(text)
	return line, strings.IndexFunc(line, plain.IsUnsafe) < 0
}

// Liner edits lines on a terminal.
type Liner struct {
	state *liner.State
	keys  *keyReader
	// first is the terminal's mode before liner changed it, and raw the one that liner works in.
	first, raw liner.ModeApplier
	// folded tells that a line was folded, so that lineBreak and tabMark mean something.
	folded bool
	// recalled are the entries that liner has, and completer what Tab asks: both go to the next state.
	recalled  []string
	completer liner.WordCompleter
	unwatch   func()

	mu sync.Mutex
	// prompting tells that a line is edited, and lent that another program has the terminal.
	prompting, lent bool
	// shown is the prompt of the line.
	shown string
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
	r.unwatch = onStop(r.pause, r.resume)
	r.bracket(true)
	return r, nil
}

// bracket has the terminal mark what is pasted, or no longer.
func (r *Liner) bracket(on bool) {
	if r.keys == nil {
		return
	}
	if on {
		fmt.Print(pastesOn)
	} else {
		fmt.Print(pastesOff)
	}
}

// pause gives the terminal back before Ctrl-Z stops the process.
func (r *Liner) pause() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.lent {
		r.bracket(false)
	}
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
	r.bracket(true)
	if r.prompting {
		withoutSignals()
		redraw()
	}
}

// prompt tells resume whether a line is edited. Whatever happened to the mode before, from here on it is liner's. Liner shows the
// prompt before it makes Ctrl-C a key, which is too late for who presses it at once.
func (r *Liner) prompt(on bool, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prompting, r.shown = on, text
	_ = r.raw.ApplyMode()
	if on {
		withoutSignals()
	}
}

// Aside implements Reader.
func (r *Liner) Aside(show func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.prompting {
		show()
		return
	}
	fmt.Print("\r\x1b[J")
	show()
	if !redraw() {
		fmt.Print(r.shown) // the next key shows the rest
	}
}

// ReadLine implements Reader.
func (r *Liner) ReadLine(prompt, initial string) (string, error) {
	return r.readLine(prompt, initial, false)
}

// Ask implements Reader.
func (r *Liner) Ask(prompt string) (string, error) {
	r.state.SetWordCompleter(nil)
	defer r.state.SetWordCompleter(r.completer)
	return r.readLine(prompt, "", true)
}

func (r *Liner) readLine(prompt, initial string, apart bool) (string, error) {
	r.prompt(true, prompt)
	defer r.prompt(false, "")
	if r.keys != nil {
		r.keys.begin(apart)
	}
	if line, ok := folded(initial); ok {
		r.folded = r.folded || line != initial
		initial = line
	}
	line, err := r.state.PromptWithSuggestion(prompt, initial, -1)
	if errors.Is(err, liner.ErrPromptAborted) {
		if r.keys == nil || r.keys.read == 1 { // Ctrl-C alone
			return "", ErrAborted
		}
		return "", ErrDropped
	}
	if r.folded {
		line = unfold.Replace(line)
	}
	if p := r.keys.pasted(line); p != nil && err == nil {
		fmt.Print("\x1b[A\r\x1b[J") // who reads shows the line again, with what was pasted
		return "", p
	}
	return line, err
}

// Editable implements Reader.
func (r *Liner) Editable(text string) bool {
	_, ok := folded(text)
	return ok && len(text) <= maxInline
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

// Remember implements Reader. What cannot be edited is not remembered.
func (r *Liner) Remember(entry string) {
	line, ok := folded(entry)
	if !ok {
		return
	}
	r.folded = r.folded || line != entry
	r.recalled = append(r.recalled, line)
	if len(r.recalled) > liner.HistoryLimit {
		r.recalled = r.recalled[1:]
	}
	r.state.AppendHistory(line)
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
	r.bracket(!other)
	if other {
		return r.first.ApplyMode()
	}
	return r.raw.ApplyMode()
}

// Close implements Reader.
func (r *Liner) Close() error {
	r.unwatch()
	r.bracket(false)
	return r.state.Close()
}
