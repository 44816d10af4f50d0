package repl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/peterh/liner"

	"github.com/crisphost/crisphost/internal/plain"
)

// lineBreak stands for a line break in entries that liner brings back: it edits one line.
const lineBreak = "↵"

// linerReader edits lines on a terminal.
type linerReader struct {
	state *liner.State
	// first is the terminal's mode before liner changed it, and raw the one that liner works in.
	first, raw liner.ModeApplier
	// folded tells that an entry of several lines was remembered, so that lineBreak means something.
	folded bool
}

// newLinerReader takes the terminal of the process. It fails when standard input is none.
func newLinerReader() (*linerReader, error) {
	first, err := liner.TerminalMode()
	if err != nil {
		return nil, fmt.Errorf("the terminal cannot be used: %w", err)
	}
	state := liner.NewLiner()
	state.SetCtrlCAborts(true)
	state.SetBeep(false)
	state.SetTabCompletionStyle(liner.TabPrints)
	raw, err := liner.TerminalMode()
	if err != nil {
		_ = state.Close()
		return nil, fmt.Errorf("the terminal cannot be used: %w", err)
	}
	return &linerReader{state: state, first: first, raw: raw}, nil
}

func (r *linerReader) readLine(prompt, initial string) (string, error) {
	line, err := r.state.PromptWithSuggestion(prompt, initial, -1)
	if errors.Is(err, liner.ErrPromptAborted) {
		return "", errAborted
	}
	if r.folded {
		line = strings.ReplaceAll(line, lineBreak, "\n")
	}
	return line, err
}

// maxRecalled is the size in bytes up to which an entry can be brought back: a line that fills the screen many times over
// cannot be edited.
const maxRecalled = 16 << 10

func (r *linerReader) remember(entry string) {
	if len(entry) > maxRecalled || strings.Contains(entry, lineBreak) {
		return
	}
	if strings.Contains(entry, "\n") {
		r.folded = true
		entry = strings.ReplaceAll(entry, "\n", lineBreak)
	}
	// Tabs and the like would take another width than liner counts.
	r.state.AppendHistory(strings.Map(func(c rune) rune {
		if c == '\t' {
			return ' '
		}
		if plain.IsUnsafe(c) {
			return -1
		}
		return c
	}, entry))
}

func (r *linerReader) complete(f func(string, int) (string, []string, string)) {
	r.state.SetWordCompleter(f)
}

func (r *linerReader) lend() (func(), error) {
	if err := r.first.ApplyMode(); err != nil {
		return nil, err
	}
	return func() { _ = r.raw.ApplyMode() }, nil
}

func (r *linerReader) close() error { return r.state.Close() }
