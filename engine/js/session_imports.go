package js

import (
	"slices"
	"strconv"
	"strings"
)

// importDeclaration is an import statement of an entry.
type importDeclaration struct {
	start, end int // in the text
	from       string
	fromStart  int
	names      []importedName
}

// importedName is a name that an import declares. Of is the export, "default", or "*" for all of them.
type importedName struct {
	of, local string
}

// mask blanks what goja does not parse: import declarations, export, and await in for await. What is left has the same offsets. In the
// place of a declaration is a semicolon, lest what follows continue what comes before.
// It is false for a text with an import that makes no sense.
func (e *entry) mask() (string, bool) {
	var blank [][2]int
	var semicolons []int
	t := e.tokens
	for i := 0; i < len(t.tokens); i++ {
		switch t.text(i) {
		case "(", "[", "{":
			if t.tokens[i].kind == tokenPunct && t.tokens[i].partner > i {
				e.maskLoops(i, t.tokens[i].partner, &blank)
				i = t.tokens[i].partner
			}
		case "for":
			e.maskLoops(i-1, i+1, &blank)
		case "import":
			if !e.statementStart(i) || t.is(i+1, "(") || t.is(i+1, ".") {
				continue
			}
			last, ok := e.importAt(i)
			if !ok {
				return "", false
			}
			blank, semicolons = append(blank, [2]int{t.tokens[i].start, t.tokens[last].end}), append(semicolons, t.tokens[i].start)
			i = last
		case "export":
			if !e.statementStart(i) {
				continue
			}
			last := i
			switch t.text(i + 1) {
			case "default":
				last = i + 1
				e.exported = last + 1
			case "const", "let", "var", "function", "class", "async":
			default:
				return "", false
			}
			blank, semicolons = append(blank, [2]int{t.tokens[i].start, t.tokens[last].end}), append(semicolons, t.tokens[i].start)
			e.replace(t.tokens[i].start, t.tokens[last].end, ";", inRun)
		}
	}
	if blank == nil {
		return e.text, true
	}
	text := []byte(e.text)
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
func (e *entry) maskLoops(after, before int, blank *[][2]int) {
	t := e.tokens
	for i := after + 1; i < before; i++ {
		if t.is(i, "for") && t.is(i+1, "await") && !t.is(i-1, ".") {
			*blank = append(*blank, [2]int{t.tokens[i+1].start, t.tokens[i+1].end})
			if e.awaited == nil {
				e.awaited = make(map[int]bool)
			}
			e.awaited[t.tokens[i+1].start] = true
		}
	}
}

// statementStart tells whether a token of the top level can begin a statement.
func (e *entry) statementStart(i int) bool {
	return i == 0 || e.tokens.tokens[i].line || e.tokens.is(i-1, ";") || e.tokens.is(i-1, "}")
}

// isExported tells whether what starts at an offset is the value of export default.
func (e *entry) isExported(offset int) bool {
	return e.exported > 0 && e.tokens.at(offset) == e.exported
}

// importAt reads the import declaration that begins at a token, and tells its last one.
func (e *entry) importAt(first int) (last int, ok bool) {
	t := e.tokens
	d := importDeclaration{start: t.tokens[first].start}
	i := first + 1
	isName := func(i int) bool { return i < len(t.tokens) && t.tokens[i].kind == tokenWord }
	typeOnly := t.is(i, "type") && !t.is(i+1, "from") && !t.is(i+1, ",")
	if typeOnly {
		i++
	}
	if isName(i) {
		d.names = append(d.names, importedName{"default", t.text(i)})
		if i++; t.is(i, ",") {
			i++
		}
	}
	switch {
	case t.is(i, "*") && t.is(i+1, "as") && isName(i+2):
		d.names = append(d.names, importedName{"*", t.text(i + 2)})
		i += 3
	case t.is(i, "{"):
		end := t.tokens[i].partner
		if end < 0 {
			return 0, false
		}
		names, ok := e.importedNames(i+1, end)
		if !ok {
			return 0, false
		}
		d.names = append(d.names, names...)
		i = end + 1
	}
	if i > first+1 && len(d.names)+i > first+1 && (len(d.names) > 0 || t.is(i-1, "}")) {
		if !t.is(i, "from") {
			return 0, false
		}
		i++
	}
	if i >= len(t.tokens) || t.tokens[i].kind != tokenString {
		return 0, false
	}
	d.from, d.fromStart = literalText(t.text(i)), t.tokens[i].start
	if t.is(i+1, "with") && t.is(i+2, "{") && t.tokens[i+2].partner > 0 {
		i = t.tokens[i+2].partner
	}
	if t.is(i+1, ";") {
		i++
	}
	d.end = t.tokens[i].end
	e.replace(d.start, d.end, ";", inRun)
	if !typeOnly {
		e.imports = append(e.imports, d)
	}
	return i, true
}

// importedNames reads what stands between the braces of an import.
func (e *entry) importedNames(i, end int) (list []importedName, ok bool) {
	t := e.tokens
	for i < end {
		typeOnly := t.is(i, "type") && i+1 < end && !t.is(i+1, ",") && !t.is(i+1, "as")
		if typeOnly {
			i++
		}
		if t.tokens[i].kind != tokenWord && t.tokens[i].kind != tokenString {
			return nil, false
		}
		name := importedName{t.text(i), t.text(i)}
		if t.tokens[i].kind == tokenString {
			name.of = literalText(name.of)
		}
		i++
		if t.is(i, "as") && i+1 < end && t.tokens[i+1].kind == tokenWord {
			name.local = t.text(i + 1)
			i += 2
		}
		if !typeOnly {
			list = append(list, name)
		}
		if i < end && !t.is(i, ",") {
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

// requires are the names that an entry gives to require.
func (e *entry) requires() []string {
	var list []string
	for i := range e.tokens.tokens {
		if e.isRequire(i) {
			if name := literalText(e.tokens.text(i + 2)); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// requireOf is where the name stands that require is given.
func (e *entry) requireOf(name string) int {
	for i := range e.tokens.tokens {
		if e.isRequire(i) && literalText(e.tokens.text(i+2)) == name {
			return e.tokens.tokens[i+2].start
		}
	}
	return 0
}

func (e *entry) isRequire(i int) bool {
	t := e.tokens
	return t.is(i, "require") && !t.is(i-1, ".") && t.is(i+1, "(") && t.is(i+3, ")") && t.tokens[i+2].kind == tokenString
}
