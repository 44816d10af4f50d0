package repl

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventtext"
	"github.com/crisphost/crisphost/internal/plain"
)

// completer tells what Tab offers. It calls nothing and fetches nothing: candidates come from the live objects of the session
// and from the catalogue of calls.
type completer struct {
	shell *shell
}

// maxLooked is how much of an entry before the cursor is looked at, in characters.
const maxLooked = 8192

// complete returns the candidates for the word before the cursor. pos counts characters. The line becomes head, a candidate,
// tail. Candidates begin with what was typed. At the parenthesis of a call its signature is printed.
func (c *completer) complete(line string, pos int) (head string, candidates []string, tail string) {
	runes := []rune(line)
	pos = min(max(pos, 0), len(runes))
	before, tail := string(runes[max(0, pos-maxLooked):pos]), string(runes[pos:])
	if pos > maxLooked {
		head = string(runes[:pos-maxLooked])
	}
	// A pasted tab presses the Tab key: blank places offer nothing.
	if last, size := utf8.DecodeLastRuneInString(before); size == 0 || unicode.IsSpace(last) {
		return line, nil, ""
	}
	s := c.shell
	start, list := 0, []string(nil)
	if name, _, ok := splitCommand(before); ok && s.pending == "" {
		start, list = c.command(before, name)
	} else {
		start, list = c.code(s.pending, before)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return head + before[:start], list, tail
}

// command completes a command's name or its argument.
func (c *completer) command(before, name string) (start int, list []string) {
	space := strings.IndexByte(before, ' ')
	if space < 0 {
		takes := false
		for _, cmd := range commands() {
			if strings.HasPrefix(cmd.name, name) {
				list = append(list, "."+cmd.name)
				takes = cmd.args != ""
			}
		}
		if len(list) == 1 && takes {
			list[0] += " "
		}
		return 0, list
	}
	cmd := commandNamed(name)
	if cmd == nil {
		return 0, nil
	}
	start = strings.LastIndexByte(before, ' ') + 1
	word := before[start:]
	switch cmd.takes {
	case takesFile:
		return start, files(word, cmd.name == "load" || cmd.name == "run")
	case takesWord:
		return start, withPrefix(cmd.words(), word)
	case takesCode:
		if start == space+1 && cmd.name == "time" {
			list = withPrefix(cmd.words(), word)
		}
		at, more := c.code("", before[space+1:])
		if len(more) > 0 {
			return space + 1 + at, more
		}
		return start, list
	case takesCall:
		for _, call := range c.shell.index.Subjects() {
			list = append(list, c.shell.helper().Spelled(call), c.shell.helper().Spelled(strings.TrimPrefix(call, "crisp.")))
		}
		for _, other := range commands() {
			list = append(list, other.name)
		}
		return start, withPrefix(list, word)
	case takesEvents:
		if start == space+1 {
			return start, withPrefix([]string{"on", "off"}, word)
		}
		return start, withPrefix(append(eventtext.Names(), "where"), word)
	case takesWebsite:
		return start, withPrefix([]string{c.shell.site.website()}, word)
	case takesNothing:
	}
	return start, nil
}

func withPrefix(words []string, prefix string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			out = append(out, w)
		}
	}
	return out
}

// maxFiles bounds the files that a Tab offers.
const maxFiles = 500

// files lists the files whose names begin with what was typed, or the scripts among them. Directories end in a slash.
func files(word string, scripts bool) []string {
	dir, base := filepath.Split(word)
	look := dir
	if look == "" {
		look = "."
	}
	entries, err := os.ReadDir(look)
	if err != nil {
		return nil
	}
	var list []string
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, base) || base == "" && strings.HasPrefix(name, ".") || strings.ContainsFunc(name, plain.IsUnsafe) || len(list) == maxFiles {
			continue
		}
		if entry.IsDir() {
			name += "/"
		} else if _, err := engine.LanguageOf(name); scripts && err != nil {
			continue
		}
		list = append(list, dir+name)
	}
	return list
}

// code completes code: names, options, values.
func (c *completer) code(pending, before string) (start int, list []string) {
	at := scan(pending+before, c.shell.language)
	word := at.word
	if at.quote != 0 {
		word = at.text
	}
	start = max(0, len(before)-len(word))
	if at.quote != 0 {
		return start, c.values(at)
	}
	if strings.HasSuffix(before, "(") {
		if page, err := c.shell.index.Find(at.callee); err == nil && at.callee != "" {
			c.shell.screen.Print("\n" + c.shell.helper().Headline(page))
			return len(before), []string{""} // the line is drawn again
		}
		return start, nil
	}
	if at.isKey && !strings.Contains(word, ".") {
		if options := c.options(at, word); len(options) > 0 || word == "" {
			return start, options
		}
	}
	if word == "" {
		return start, nil
	}
	if words := withPrefix(c.truths(at), word); len(words) > 0 {
		return start, words
	}
	path, name := "", word
	if i := strings.LastIndexAny(word, ".:"); i >= 0 {
		path, name = word[:i], word[i+1:]
		start = len(before) - len(name)
	}
	return start, c.members(strings.ReplaceAll(path, ":", "."), name)
}

// members are the names behind a dotted path that begin with what was typed.
func (c *completer) members(path, name string) []string {
	var list []string
	session := c.shell.current().ready()
	functions := map[string]bool{}
	if session != nil {
		for _, m := range session.Members(path) {
			if strings.HasPrefix(m.Name, name) && isName(m.Name) {
				list = append(list, m.Name)
				functions[m.Name] = m.Kind == "function"
			}
		}
	}
	if len(list) == 0 {
		for _, m := range c.catalogue(path) {
			if strings.HasPrefix(m.Name, name) {
				list = append(list, m.Name)
				functions[m.Name] = m.Kind == "function"
			}
		}
	}
	if path == "" && strings.HasPrefix("help", name) {
		list = append(list, "help")
		functions["help"] = true
	}
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	if len(list) == 1 && functions[list[0]] {
		list[0] += "("
	}
	return list
}

// catalogue lists the members of a path as the table of calls knows them, for as long as there is no session.
func (c *completer) catalogue(path string) []engine.Member {
	prefix := ""
	if path != "" {
		prefix = path + "."
	}
	var members []engine.Member
	seen := map[string]bool{}
	for _, call := range c.shell.index.Calls() {
		rest, ok := strings.CutPrefix(c.shell.helper().Spelled(call), prefix)
		if !ok {
			continue
		}
		name, deeper, _ := strings.Cut(rest, ".")
		if seen[name] {
			continue
		}
		seen[name] = true
		kind := "function"
		if deeper != "" {
			kind = "module"
		}
		members = append(members, engine.Member{Name: name, Kind: kind})
	}
	return members
}

// options are the names that a call's options table takes.
func (c *completer) options(at place, word string) []string {
	var list []string
	for _, p := range c.optionsOf(at) {
		if strings.HasPrefix(p.name, word) {
			list = append(list, p.name)
		}
	}
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	if len(list) == 1 {
		if c.shell.language == engine.Lua {
			list[0] += " = "
		} else {
			list[0] += ": "
		}
	}
	return list
}

// option is a member of an options table at the cursor.
type option struct {
	name  string
	param engine.Param
}

// optionsOf are the options that the table at the cursor may have.
func (c *completer) optionsOf(at place) []option {
	page, err := c.shell.index.Find(at.callee)
	if at.callee == "" || err != nil {
		return nil
	}
	prefix := "options."
	for _, key := range at.keys {
		prefix += key + "."
	}
	var list []option
	for _, p := range page.Params {
		// Members of a list's items have the brackets of the list in their name, which the code has as a table of its own.
		name, ok := strings.CutPrefix(strings.ReplaceAll(p.Name, "[]", ""), prefix)
		if ok && !strings.Contains(name, ".") {
			list = append(list, option{name, p})
		}
		// Short names stand in the documentation of the long ones.
		if _, also, has := strings.Cut(p.Doc, "(also: "); ok && has {
			list = append(list, option{strings.TrimSuffix(also, ")"), p})
		}
	}
	return list
}

// truths are the values of an option that is on or off.
func (c *completer) truths(at place) []string {
	for _, o := range c.optionsOf(at) {
		if o.name == at.key && strings.HasPrefix(o.param.Type, "boolean") {
			return []string{"false", "true"}
		}
	}
	return nil
}

// values are what a text may be: the words that an option or an argument takes.
func (c *completer) values(at place) []string {
	var types []string
	if strings.HasPrefix(at.callee, "crisp.events.") && at.key == "" {
		for _, name := range withPrefix(eventtext.Names(), at.text) {
			types = append(types, strconv.Quote(name))
		}
	} else if at.key != "" {
		for _, o := range c.optionsOf(at) {
			if o.name == at.key {
				types = append(types, o.param.Type)
			}
		}
	} else if page, err := c.shell.index.Find(at.callee); err == nil && at.callee != "" && len(at.keys) == 0 {
		types = argumentTypes(page, at.argument)
	}
	var list []string
	for _, t := range types {
		for i, part := range strings.Split(t, `"`) {
			if i%2 == 1 && strings.HasPrefix(part, at.text) && !strings.HasSuffix(part, "...") {
				list = append(list, part+string(at.quote))
			}
		}
	}
	return list
}

// argumentTypes are the types of a call's argument by its number. An only required option may stand in place of the table.
func argumentTypes(page *bindings.Page, number int) []string {
	positional := 0
	var sole []string
	for _, p := range page.Params {
		if !strings.HasPrefix(p.Name, "options.") {
			if positional == number {
				return []string{p.Type}
			}
			positional++
		} else if p.Required {
			sole = append(sole, p.Type)
		}
	}
	if number == positional && len(sole) == 1 {
		return sole
	}
	return nil
}

func isName(s string) bool {
	for i, r := range s {
		if !isWord(r) || i == 0 && r >= '0' && r <= '9' {
			return false
		}
	}
	return s != ""
}

func isWord(r rune) bool {
	return r == '_' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
