package rewrite

import (
	"slices"
	"strconv"
	"strings"
)

// ImportDeclaration is an import statement of an entry.
type ImportDeclaration struct {
	start, end int // in the text
	From       string
	FromStart  int
	Names      []importedName
}

// importedName is a name that an import declares. Of is the export, "default", or "*" for all of them.
type importedName struct {
	Of, Local string
}

// mask blanks what goja does not parse: import declarations, export, and await in for await. What is left has the same offsets. In the
// place of a declaration is a semicolon, lest what follows continue what comes before.
// It is false for a text with an import that makes no sense.
func (e *Entry) mask() (string, bool) {
	var blank [][2]int
	var semicolons []int
	t := e.tokens
	for i := 0; i < len(t.Tokens); i++ {
		switch t.Text(i) {
		case "(", "[", "{":
			if t.Tokens[i].Kind == tokenPunct && t.Tokens[i].partner > i {
				e.maskLoops(i, t.Tokens[i].partner, &blank)
				i = t.Tokens[i].partner
			}
		case "for":
			e.maskLoops(i-1, i+1, &blank)
		case "import":
			if !e.statementStart(i) || t.Is(i+1, "(") || t.Is(i+1, ".") {
				continue
			}
			last, ok := e.importAt(i)
			if !ok {
				return "", false
			}
			blank, semicolons = append(blank, [2]int{t.Tokens[i].start, t.Tokens[last].end}), append(semicolons, t.Tokens[i].start)
			i = last
		case "export":
			if !e.statementStart(i) {
				continue
			}
			last := i
			switch t.Text(i + 1) {
			case "default":
				last = i + 1
				e.exported = last + 1
			case "const", "let", "var", "function", "class", "async":
			default:
				return "", false
			}
			blank, semicolons = append(blank, [2]int{t.Tokens[i].start, t.Tokens[last].end}), append(semicolons, t.Tokens[i].start)
		}
	}
	if blank == nil {
		return e.Text, true
	}
	text := []byte(e.Text)
	for _, b := range blank {
		for i := b[0]; i < b[1]; i++ {
			if text[i] != '\n' && text[i] != '\r' {
				text[i] = ' '
			}
		}
	}
	for _, at := range semicolons {
		text[at] = ';'
	}
	return string(text), true
}

// maskLoops blanks await after for between two tokens.
func (e *Entry) maskLoops(after, before int, blank *[][2]int) {
	t := e.tokens
	for i := after + 1; i < before; i++ {
		if t.Is(i, "for") && t.Is(i+1, "await") && !t.Is(i-1, ".") {
			*blank = append(*blank, [2]int{t.Tokens[i+1].start, t.Tokens[i+1].end})
			if e.Awaited == nil {
				e.Awaited = make(map[int]bool)
			}
			e.Awaited[t.Tokens[i+1].start] = true
		}
	}
}

// statementStart reports whether a token of the top level can begin a statement.
func (e *Entry) statementStart(i int) bool {
	return i == 0 || e.tokens.Tokens[i].line || e.tokens.Is(i-1, ";") || e.tokens.Is(i-1, "}")
}

// isExported reports whether what starts at an offset is the value of export default.
func (e *Entry) isExported(offset int) bool {
	return e.exported > 0 && e.tokens.at(offset) == e.exported
}

// importAt reads the import declaration that begins at a token, and tells its last one.
func (e *Entry) importAt(first int) (last int, ok bool) {
	t := e.tokens
	d := ImportDeclaration{start: t.Tokens[first].start}
	i := first + 1
	isName := func(i int) bool { return i < len(t.Tokens) && t.Tokens[i].Kind == TokenWord }
	typeOnly := t.Is(i, "type") && !t.Is(i+1, "from") && !t.Is(i+1, ",")
	if typeOnly {
		i++
	}
	if isName(i) {
		d.Names = append(d.Names, importedName{"default", t.Text(i)})
		if i++; t.Is(i, ",") {
			i++
		}
	}
	switch {
	case t.Is(i, "*") && t.Is(i+1, "as") && isName(i+2):
		d.Names = append(d.Names, importedName{"*", t.Text(i + 2)})
		i += 3
	case t.Is(i, "{"):
		end := t.Tokens[i].partner
		if end < 0 {
			return 0, false
		}
		names, ok := e.importedNames(i+1, end)
		if !ok {
			return 0, false
		}
		d.Names = append(d.Names, names...)
		i = end + 1
	}
	if i > first+1 && len(d.Names)+i > first+1 && (len(d.Names) > 0 || t.Is(i-1, "}")) {
		if !t.Is(i, "from") {
			return 0, false
		}
		i++
	}
	if i >= len(t.Tokens) || t.Tokens[i].Kind != tokenString {
		return 0, false
	}
	d.From, d.FromStart = literalText(t.Text(i)), t.Tokens[i].start
	if t.Is(i+1, "with") && t.Is(i+2, "{") && t.Tokens[i+2].partner > 0 {
		i = t.Tokens[i+2].partner
	}
	if t.Is(i+1, ";") {
		i++
	}
	d.end = t.Tokens[i].end
	if !typeOnly {
		e.Imports = append(e.Imports, d)
	}
	return i, true
}

// importedNames reads what stands between the braces of an import.
func (e *Entry) importedNames(i, end int) (list []importedName, ok bool) {
	t := e.tokens
	for i < end {
		typeOnly := t.Is(i, "type") && i+1 < end && !t.Is(i+1, ",") && !t.Is(i+1, "as")
		if typeOnly {
			i++
		}
		if t.Tokens[i].Kind != TokenWord && t.Tokens[i].Kind != tokenString {
			return nil, false
		}
		name := importedName{t.Text(i), t.Text(i)}
		if t.Tokens[i].Kind == tokenString {
			name.Of = literalText(name.Of)
		}
		i++
		if t.Is(i, "as") && i+1 < end && t.Tokens[i+1].Kind == TokenWord {
			name.Local = t.Text(i + 1)
			i += 2
		}
		if !typeOnly {
			list = append(list, name)
		}
		if i < end && !t.Is(i, ",") {
			return nil, false
		}
		i++
	}
	return list, true
}

// literalText is the value of a string literal without unusual escapes.
func literalText(literal string) string {
	if len(literal) < 2 {
		return literal
	}
	inside := literal[1 : len(literal)-1]
	if !strings.Contains(inside, `\`) {
		return inside
	}
	if text, err := strconv.Unquote(`"` + strings.ReplaceAll(strings.ReplaceAll(inside, `\'`, `'`), `"`, `\"`) + `"`); err == nil {
		return text
	}
	return inside
}

// Requires are the names that an entry gives to require.
func (e *Entry) Requires() []string {
	var list []string
	for i := range e.tokens.Tokens {
		if e.isRequire(i) {
			if name := literalText(e.tokens.Text(i + 2)); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// RequireOf is where the name stands that require is given.
func (e *Entry) RequireOf(name string) int {
	for i := range e.tokens.Tokens {
		if e.isRequire(i) && literalText(e.tokens.Text(i+2)) == name {
			return e.tokens.Tokens[i+2].start
		}
	}
	return 0
}

func (e *Entry) isRequire(i int) bool {
	t := e.tokens
	return t.Is(i, "require") && !t.Is(i-1, ".") && t.Is(i+1, "(") && t.Is(i+3, ")") && t.Tokens[i+2].Kind == tokenString
}
