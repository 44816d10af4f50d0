package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// read reads a line, or the lines of a block that is pasted while it is typed. A block that ends with a line break is read as if Enter
// had been pressed; the last line of another one can be edited first.
func (s *shell) read(from term.Reader, prompt, initial string) (text string, pasted bool, err error) {
	pending := s.pending
	defer func() { s.pending = pending }()
	for {
		line, err := from.ReadLine(prompt, initial)
		block := (*term.Pasted)(nil)
		if !errors.As(err, &block) {
			if pasted && errors.Is(err, term.ErrAborted) {
				err = term.ErrDropped
			}
			return text + strings.ToValidUTF8(line, "\ufffd"), pasted, err
		}
		head := block.Head
		if head == initial && strings.TrimSpace(head) == "" {
			head = "" // the indentation that was offered
		}
		added := head + block.Text + block.Tail
		if block.Tail == "" && strings.HasSuffix(block.Text, "\n") {
			s.showPasted(prompt, added)
			return text + strings.TrimSuffix(added, "\n"), true, nil
		}
		last := strings.LastIndexByte(added, '\n') + 1
		if !from.Editable(added[last:]) {
			last = len(added)
		}
		if last > 0 {
			s.showPasted(prompt, added[:last])
			prompt = s.morePrompt()
		}
		pasted, initial = true, added[last:]
		text += added[:last]
		s.pending = pending + text
	}
}

// A longer paste is shown by its first and last lines.
const (
	maxPasted  = 30
	pastedTail = 5
)

// showPasted shows what was pasted as if it had been typed.
func (s *shell) showPasted(prompt, text string) {
	lines := strings.Split(strings.TrimSuffix(plain.Lines(text), "\n"), "\n")
	var b strings.Builder
	for i := 0; i < len(lines); i++ {
		if left := len(lines) - pastedTail - i; len(lines) > maxPasted && i == maxPasted-pastedTail-1 {
			b.WriteString(prompt + s.Paint(paint.Dim, fmt.Sprintf("… (%s)", paint.Plural(left, "more line"))) + "\n")
			i += left - 1
			continue
		}
		b.WriteString(prompt + plain.Cut(lines[i], 4*s.columns()) + "\n")
		if prompt != "" {
			prompt = s.morePrompt()
		}
	}
	s.screen.Print(b.String())
}

// commandsError is what gather returns for lines that came at once and have commands of the shell among them.
type commandsError struct{ lines string }

func (*commandsError) Error() string { return "several commands" }

// enterLines enters lines that came at once, as if they came from a file: up to the first entry that fails.
func (s *shell) enterLines(text string) {
	s.remember(text)
	if err := s.executeLines(strings.NewReader(text)); err != nil {
		s.fail(err)
	}
}

// executeLines enters what a file holds.
func (s *shell) executeLines(in io.Reader) error {
	lines := term.NewPlain(s.ctx, in, nil, nil)
	for !s.left && s.ctx.Err() == nil {
		entry, err := s.gather(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(entry) == "" {
			continue
		}
		if err := s.execute(entry); err != nil {
			return err
		}
	}
	return nil
}

// remember puts an entry into the history.
func (s *shell) remember(entry string) {
	if err := s.history.Add(entry); err != nil {
		s.screen.Note("%v", err)
	}
	s.reader.Remember(entry)
}
