package repl

import (
	"regexp"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/help"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
)

var helpPatterns = sync.OnceValue(func() [2]*regexp.Regexp {
	return [2]*regexp.Regexp{
		regexp.MustCompile(`^help\s*\(\s*["']?(.*?)["']?\s*\)\s*;?$`),
		regexp.MustCompile(`^([\w$.:]+)(\(\))?\s*\?$`),
	}
})

// isHelp reports whether a line asks for help and is no code.
func isHelp(line string) bool {
	_, ok := helpRequest(line)
	return ok
}

// helpRequest recognises help(x), help x and x? and returns x.
func helpRequest(line string) (subject string, ok bool) {
	if !strings.HasPrefix(line, "help") && !strings.HasSuffix(line, "?") {
		return "", false
	}
	if line == "help" {
		return "", true
	}
	for _, pattern := range helpPatterns() {
		if m := pattern.FindStringSubmatch(line); m != nil {
			return m[1], true
		}
	}
	return "", false
}

// help documents a call, a group of calls or a command.
func (s *shell) help(subject string) error {
	subject = strings.Trim(strings.TrimSpace(subject), `"'`)
	if subject == "" {
		s.deliver(s.overview())
		return nil
	}
	if c := commandNamed(strings.TrimPrefix(subject, ".")); c != nil && !strings.Contains(strings.TrimPrefix(subject, "."), ".") {
		s.deliver(s.Paint(paint.Bold, strings.TrimRight("."+c.name+" "+c.args, " ")) + "\n  " + c.doc + "\n")
		return nil
	}
	name := strings.TrimSuffix(strings.ReplaceAll(subject, ":", "."), "()")
	if page, err := s.index.Find(name); err == nil {
		s.deliver(s.helper().Page(page))
		return nil
	}
	if list := s.helper().Group(name); list != "" {
		s.deliver(list)
		return nil
	}
	// Anything else may be a variable that holds a call.
	session, err := s.current().wait()
	if err == nil && session.Check(subject) == engine.Complete && isPath(subject) {
		if out, cancel, evalErr := s.eval(s.current(), s.current().entryName(), subject); evalErr == nil {
			cancel(nil)
			if page, helpErr := s.index.Find(out.Call); out.Call != "" && helpErr == nil {
				s.deliver(s.helper().Page(page))
				return nil
			}
		}
	}
	_, err = s.index.Find(name)
	return &hintError{err.Error(), "help() lists the groups of calls, .help the commands"}
}

// isPath reports whether a text is a dotted name, which can be evaluated without doing anything.
func isPath(text string) bool {
	for _, r := range text {
		if !isWord(r) && r != '.' {
			return false
		}
	}
	return text != ""
}

// overview lists the commands, and the groups of calls.
func (s *shell) overview() string {
	var b strings.Builder
	widest := 0
	for _, c := range commands() {
		widest = max(widest, plain.Width(c.usage()))
	}
	for _, c := range commands() {
		for i, line := range paint.Wrap(c.doc, max(24, s.columns()-widest-4)) {
			name := c.usage()
			if i > 0 {
				name = ""
			}
			b.WriteString("  " + s.Paint(paint.Name, paint.Pad(name, widest, false)) + "  " + line + "\n")
		}
	}
	b.WriteByte('\n')
	if groups := s.index.Groups(); len(groups) > 0 {
		call, group := "crisp.people.update", "people"
		if _, err := s.index.Find(call); err != nil {
			call, group = s.index.Calls()[0], groups[0]
		}
		b.WriteString("  Calls: " + s.Paint(paint.Name, strings.Join(groups, ", ")) + "\n")
		b.WriteString("  " + s.Paint(paint.Name, s.helper().Spelled(call)+"?") + " documents a call, " + s.Paint(paint.Name, ".help "+group) + " lists a group.\n")
	}
	b.WriteString("  " + s.Paint(paint.Name, "_") + " is the last result, " + s.Paint(paint.Name, "_error") + " the last error, " +
		s.Paint(paint.Name, "it") + " shows more of a list,\n  " + s.Paint(paint.Name, "shared") + " is seen by both languages.\n")
	return b.String()
}

// helper writes documentation for the current language and width.
func (s *shell) helper() help.Writer {
	return help.Writer{Style: s.Style, Language: s.language, Columns: s.columns(), Index: s.index}
}
