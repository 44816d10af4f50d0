package repl

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
)

// savedScript is a script made of entries.
type savedScript struct {
	text string
	// lines are the lines that the entries start at, counted from 1.
	lines []int
	// remarks tell what the script does otherwise than the entries did.
	remarks []string
}

// saves is the language of a script that takes what was entered.
func (t *session) saves() engine.Language {
	if t.typed {
		return engine.TypeScript
	}
	return t.language
}

// script is a header and the entries.
func (s *shell) script(session engine.Session, t *session, language engine.Language) (savedScript, error) {
	var b strings.Builder
	first, line := "// ", "// "
	if language == engine.Lua {
		first, line = "--- ", "-- "
	}
	b.WriteString(first + "What was entered in the shell on " + s.cfg.Now().Format("2006-01-02") + ".\n")
	b.WriteString(line + "@timeout 5m\n\n")
	var made savedScript
	texts, err := session.Scripts(t.entries)
	if err != nil {
		return made, waitsNowhere(err, t)
	}
	if usesShared(t.entries, language) {
		remark := sharedName + " is empty when the script starts"
		if language == engine.Lua {
			b.WriteString(line + remark + ".\n" + sharedName + " = {}\n")
		} else {
			b.WriteString(line + remark + ".\nconst " + sharedName + " = {}\n")
		}
		made.remarks = append(made.remarks, remark+": what the other language put there is not in the script")
	}
	for i, text := range texts {
		text = strings.TrimRight(text, "\n")
		if language != engine.Lua {
			text = apart(text)
		}
		if mentions(t.entries[i], lastResult, language) && !ownLast().MatchString(t.entries[i]) {
			b.WriteString(line + "_ is the last result in the shell, and nothing in a script: give that result a name and use it here.\n")
			made.remarks = append(made.remarks, fmt.Sprintf("%s uses _, which a script does not have: give the result a name in the file", quotedEntry(t.entries[i])))
		}
		made.lines = append(made.lines, 1+strings.Count(b.String(), "\n"))
		b.WriteString(text + "\n")
	}
	made.text = b.String()
	return made, nil
}

// waitsNowhere tells why entries make no script that awaits what the shell has waited for.
func waitsNowhere(err error, t *session) error {
	var unsavable *engine.UnsavableError
	if !errors.As(err, &unsavable) {
		return err
	}
	place := fmt.Sprintf("%s, line %d, column %d", quotedEntry(t.entries[unsavable.Entry]), unsavable.Err.Line, unsavable.Err.Column)
	return &hintError{fmt.Sprintf("nothing was written, because of %s: %s", place, unsavable.Err.Message), unsavable.Err.Hint}
}

// lastResult is the variable that holds the last result.
const lastResult = "_"

// ownLast finds entries that give a variable or a parameter of theirs the name _.
var ownLast = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:for|local|const|let|var)\s*[\s(\[{](?:\s*\w*\s*,)*\s*_\b|\bfunction\b[^()]*\([^()]*\b_\b|\([^()]*\b_\b[^()]*\)\s*=>|\b_\s*=>`)
})

func usesShared(entries []string, language engine.Language) bool {
	for _, entry := range entries {
		if mentions(entry, sharedName, language) {
			return true
		}
	}
	return false
}

// apart puts a semicolon before a piece of JavaScript that would go on with the statement before it.
func apart(text string) string {
	at := 0
	for {
		rest := strings.TrimLeft(text[at:], " \t\r\n")
		at = len(text) - len(rest)
		end, mark := -1, ""
		if strings.HasPrefix(rest, "//") {
			mark = "\n"
		} else if strings.HasPrefix(rest, "/*") {
			mark = "*/"
		}
		if mark != "" {
			end = strings.Index(rest, mark)
		}
		if end < 0 {
			break
		}
		at += end + len(mark)
	}
	if at < len(text) && strings.IndexByte("([`/+-", text[at]) >= 0 {
		return text[:at] + ";" + text[at:]
	}
	return text
}

// unsavable tells why entries make no script, and which of them is in the way.
func unsavable(err error, made savedScript, t *session) error {
	var script *engine.Error
	if !errors.As(err, &script) {
		return err
	}
	problem := "nothing was written, because the entries make no script together: " + script.Message
	for i := len(made.lines) - 1; i >= 0 && script.Line > 0; i-- {
		if made.lines[i] <= script.Line {
			problem = fmt.Sprintf("nothing was written, because %s cannot stand in a script with the others: %s", quotedEntry(t.entries[i]), script.Message)
			break
		}
	}
	hint := "what works as a script can be written to a file by hand; .history lists the entries"
	if t.saves() == engine.TypeScript {
		hint = "there is TypeScript among the entries: name the file .ts"
	}
	return &hintError{problem, hint}
}

// quotedEntry is an entry as messages name it: the first line, cut.
func quotedEntry(entry string) string {
	const most = 40
	first, _, more := strings.Cut(strings.TrimSpace(entry), "\n")
	first = plain.Line(first)
	if cut := plain.Cut(first, most); cut != first || !more {
		return "`" + cut + "`"
	}
	return "`" + first + " …`"
}
