package entry

import (
	"bytes"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/yuin/gopher-lua/parse"
)

// Continues reports whether a line belongs to the statement that a complete entry ends with, as it does in a script: the ends of lines
// mean nothing there. A text or a table is another entry, although it could be an argument. The line has no blanks and no
// comment before it.
func Continues(code, line string) bool {
	defer panics.Ignore()
	probe := continuation(line)
	if probe == "" {
		return false
	}
	code = bareEntry(code) + "\n" + probe
	if probe != "()" {
		code, _ = withReturn(code)
	}
	_, err := parse.Parse(bytes.NewReader(prelude(code)), "")
	return err == nil
}

// continuation is the shortest text that begins as a line does and goes on with what stands before it, or empty where none can.
func continuation(line string) string {
	switch {
	case line == "", strings.HasPrefix(line, "--"), strings.HasPrefix(line, "..."), strings.HasPrefix(line, "::"), strings.HasPrefix(line, "[["), strings.HasPrefix(line, "[="):
		return ""
	case line[0] == '(':
		return "()"
	case line[0] == '[':
		return "[0]"
	case line[0] == ':':
		return ":x()"
	case strings.HasPrefix(line, ".."):
		return ".. 0"
	case line[0] == '.':
		return ".x"
	case line[0] == ',':
		return ", x"
	}
	operators := []string{"==", "~=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^"}
	if i := slices.IndexFunc(operators, func(operator string) bool { return strings.HasPrefix(line, operator) }); i >= 0 {
		return operators[i] + " 0"
	}
	for _, word := range [...]string{"and", "or"} {
		if rest, ok := strings.CutPrefix(line, word); ok && (rest == "" || strings.IndexByte(" \t(\"'{[#-", rest[0]) >= 0) {
			return word + " 0"
		}
	}
	return ""
}
