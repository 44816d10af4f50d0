package repl

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// readEntry reads a whole entry from the person or the pipe.
func (s *shell) readEntry() (string, error) { return s.gather(s.reader) }

// manyLines is the length from which an entry is checked less often, because each check reads all of it.
const manyLines = 100

// gather reads lines until they are a complete entry.
func (s *shell) gather(from term.Reader) (string, error) {
	defer func() { s.pending = "" }()
	line, pasted, err := s.read(from, s.prompt(), "")
	if errors.Is(err, io.EOF) && pasted {
		err = term.ErrDropped
	}
	if err != nil {
		return "", err
	}
	if strings.Contains(line, "\n") && slices.ContainsFunc(strings.Split(line, "\n"), s.isCommandLine) {
		return "", &commandsError{line}
	}
	if trimmed := strings.TrimSpace(line); trimmed == "" || isCommand(trimmed) || isHelp(trimmed) {
		return line, nil
	}
	session, err := s.current().wait()
	if err != nil {
		return "", err
	}
	entry := line
	for lines := 1 + strings.Count(line, "\n"); ; lines += 1 + strings.Count(line, "\n") {
		line = line[strings.LastIndexByte(line, '\n')+1:]
		// Far into a long entry only a line that begins at the margin can be its last.
		if (lines < manyLines || !startsIndented(line)) && session.Check(entry) == engine.Complete {
			if !s.goesOn(from, session, &entry) {
				return entry, nil
			}
		}
		s.pending = entry + "\n"
		indent := ""
		if !endsInText(s.pending, s.language) { // where blanks would belong to the text
			indent = indentAfter(line)
		}
		if line, pasted, err = s.read(from, s.morePrompt(), indent); err != nil {
			if errors.Is(err, io.EOF) {
				if s.cfg.Terminal.Interactive && from == s.reader {
					return "", term.ErrDropped
				}
				return entry, nil // evaluating it tells what is missing
			}
			if errors.Is(err, term.ErrAborted) {
				err = term.ErrDropped // the lines before
			}
			return "", err
		}
		if !pasted {
			line = withoutOffered(line, indent, outside(entry, indent))
		}
		entry += "\n" + line
	}
}

// continuer is a session that reports whether a line belongs to the statement before it, although that could end there.
type continuer interface {
	Continues(entry, line string) bool
}

// goesOn reports whether the next line of a file belongs to the entry before it, which could end there, as it does in a script. A
// person is never kept waiting for such a line. Blank lines and comments between them become a part of the entry.
func (s *shell) goesOn(from term.Reader, session engine.Session, entry *string) bool {
	lines, ok := from.(*term.Plain)
	if !ok || lines.Prompts() {
		return false
	}
	continues, ok := session.(continuer)
	if !ok {
		return false
	}
	for {
		line, err := lines.Peek()
		if err != nil {
			return false
		}
		next := strings.TrimSpace(line)
		if next != "" && !isComment(next, s.language) {
			return !s.isCommandLine(line) && continues.Continues(*entry, strings.ToValidUTF8(next, "\ufffd"))
		}
		_, _ = lines.ReadLine("", "") // what Peek returned
		*entry += "\n" + strings.ToValidUTF8(line, "\ufffd")
	}
}

// isComment reports whether a line holds comments alone.
func isComment(line string, language engine.Language) bool {
	for tok := range lexer.Tokens(line, language) {
		if tok.Kind != lexer.Comment || tok.Open {
			return false
		}
	}
	return true
}

// isCommandLine tells a command from a line that goes on with a member of that name, which is indented or a call.
func (s *shell) isCommandLine(line string) bool {
	name, _, ok := splitCommand(strings.TrimSpace(line))
	return ok && !startsIndented(line) && commandNamed(name) != nil
}

func startsIndented(line string) bool {
	return line == "" || line[0] == ' ' || line[0] == '\t'
}

const indentation = "  "

// indentAfter is the indentation of the line behind another.
func indentAfter(line string) string {
	margin := line[:len(line)-len(strings.TrimLeft(line, " "))]
	text := strings.TrimRight(line, " \t")
	for _, open := range [...]string{"{", "(", "[", " do", " then", " else", "=>", "repeat"} {
		if strings.HasSuffix(text, open) || strings.TrimSpace(text) == strings.TrimSpace(open) {
			return margin + indentation
		}
	}
	if strings.HasSuffix(text, ")") && strings.Contains(text, "function") {
		return margin + indentation
	}
	return margin
}

// withoutOffered takes the indentation that was offered away from a line that brought its own, as one from the clipboard does,
// and puts a line that closes what it opened at the outer indentation.
func withoutOffered(line, indent, outer string) string {
	own, ok := strings.CutPrefix(line, indent)
	if indent == "" || !ok {
		return line
	}
	if strings.HasPrefix(own, " ") || strings.HasPrefix(own, "\t") {
		return own
	}
	for _, end := range [...]string{"}", ")", "]", "end", "else", "until"} {
		if rest, ok := strings.CutPrefix(own, end); ok && (rest == "" || !isWord(rune(rest[0])) || end == "else") {
			return outer + own
		}
	}
	return line
}

// outside is the indentation of the last line of an entry that has less than another.
func outside(entry, indent string) string {
	lines := strings.Split(entry, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if margin := len(lines[i]) - len(strings.TrimLeft(lines[i], " ")); margin < len(indent) && margin < len(lines[i]) {
			return indent[:margin]
		}
	}
	return ""
}

// readBlock reads pasted lines up to one that says .end, or Ctrl-D.
func (s *shell) readBlock() (string, error) {
	s.screen.Note("Paste; .end on a line of its own or Ctrl-D evaluates, Ctrl-C cancels.")
	// A pasted tab presses the Tab key, where the terminal does not mark what is pasted.
	s.reader.Complete(func(line string, pos int) (string, []string, string) {
		runes := []rune(line)
		return string(runes[:pos]), []string{indentation}, string(runes[pos:])
	})
	defer s.reader.Complete(s.completer.complete)
	var lines []string
	for {
		text, _, err := s.read(s.reader, "", "")
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return "", err
		}
		for _, line := range strings.Split(text, "\n") {
			if strings.TrimSpace(line) == ".end" {
				return strings.Join(lines, "\n"), nil
			}
			lines = append(lines, line)
		}
		if ended {
			return strings.TrimSuffix(strings.Join(lines, "\n"), "\n"), nil
		}
	}
}
