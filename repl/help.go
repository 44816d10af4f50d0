package repl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/paint"
)

var helpPatterns = sync.OnceValue(func() [2]*regexp.Regexp {
	return [2]*regexp.Regexp{
		regexp.MustCompile(`^help\s*\(\s*["']?(.*?)["']?\s*\)\s*;?$`),
		regexp.MustCompile(`^([\w$.:]+)(\(\))?\s*\?$`),
	}
})

// isHelp tells whether a line asks for help and is no code.
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
func (s *Shell) help(subject string) error {
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
	if page, err := bindings.Help(name); err == nil {
		s.deliver(s.page(page))
		return nil
	}
	if list := s.group(name); list != "" {
		s.deliver(list)
		return nil
	}
	// Anything else may be a variable that holds a call.
	session, err := s.current().wait()
	if err == nil && session.Check(subject) == engine.Complete && isPath(subject) {
		if out, cancel, evalErr := s.eval(s.current(), s.current().entryName(), subject); evalErr == nil {
			cancel(nil)
			if page, helpErr := bindings.Help(out.Call); out.Call != "" && helpErr == nil {
				s.deliver(s.page(page))
				return nil
			}
		}
	}
	_, err = bindings.Help(name)
	return &hintError{err.Error(), "help() lists the groups of calls, .help the commands"}
}

// isPath tells whether a text is a dotted name, which can be evaluated without doing anything.
func isPath(text string) bool {
	for _, r := range text {
		if !isWord(r) && r != '.' {
			return false
		}
	}
	return text != ""
}

// spelled is a name as the current language shows it.
func (s *Shell) spelled(name string) string {
	if s.language == engine.Lua {
		return name
	}
	var b strings.Builder
	up := false
	for _, r := range name {
		if r == '_' {
			up = true
			continue
		}
		if up && r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		up = false
		b.WriteRune(r)
	}
	return b.String()
}

// signature is a call as it is written. Optional arguments stand in brackets.
func (s *Shell) signature(page *bindings.Page) string {
	var args []string
	options := false
	for _, p := range page.Params {
		switch {
		case strings.HasPrefix(p.Name, "options."):
			options = true
		case p.Required:
			args = append(args, p.Name)
		default:
			args = append(args, "["+p.Name+"]")
		}
	}
	if options {
		args = append(args, "{ … }")
	}
	return s.spelled(page.Call) + "(" + strings.Join(args, ", ") + ")"
}

// headline is a call's signature and the first line of its documentation.
func (s *Shell) headline(page *bindings.Page) string {
	result := ""
	if page.Result != "" {
		result = s.Paint(paint.Dim, " → "+page.Result)
	}
	return s.Paint(paint.Bold, s.signature(page)) + result + "\n  " + page.Summary + "\n"
}

// page lays out the documentation of a call for the current language.
func (s *Shell) page(page *bindings.Page) string {
	columns := min(s.columns(), 100)
	var b strings.Builder
	b.WriteString(s.headline(page))
	if page.Doc != "" {
		b.WriteByte('\n')
		for _, line := range paint.Wrap(page.Doc, columns-2) {
			b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
	var arguments, options []engine.Param
	for _, p := range page.Params {
		if name, ok := strings.CutPrefix(p.Name, "options."); ok {
			p.Name = name
			options = append(options, p)
		} else {
			arguments = append(arguments, p)
		}
	}
	s.writeParams(&b, "Arguments", slices.Clone(arguments), columns)
	s.writeParams(&b, "Options", slices.Clone(options), columns)
	b.WriteString("\n" + s.Paint(paint.Bold, "Example") + "\n  " + s.example(page, arguments, options) + "\n")
	if op := page.Operation; op != nil {
		fmt.Fprintf(&b, "\n%s  %s %s\n", s.Paint(paint.Dim, "Request"), op.Method, op.Path)
		fmt.Fprintf(&b, "%s   %s\n", s.Paint(paint.Dim, "Effect"), op.Effect)
		fmt.Fprintf(&b, "%s    %s\n", s.Paint(paint.Dim, "Tiers"), tierNames(op.Tiers))
		if op.DocsURL != "" {
			fmt.Fprintf(&b, "%s     %s\n", s.Paint(paint.Dim, "Docs"), op.DocsURL)
		}
	}
	return b.String()
}

func tierNames(tiers spec.Tiers) string {
	var names []string
	for _, t := range [...]struct {
		tier spec.Tiers
		name string
	}{{spec.TierWebsite, "website"}, {spec.TierPlugin, "plugin"}, {spec.TierUser, "user"}} {
		if tiers.Has(t.tier) {
			names = append(names, t.name)
		}
	}
	return strings.Join(names, ", ")
}

// leastDoc is the width below which the documentation of a parameter gets lines of its own.
const leastDoc = 36

// writeParams lists parameters, whose names it changes: name, type, and documentation that is wrapped in its column.
func (s *Shell) writeParams(b *strings.Builder, title string, params []engine.Param, columns int) {
	if len(params) == 0 {
		return
	}
	names, types := 0, 0
	for i := range params {
		// Members of an option stand below it.
		if dots := strings.Count(params[i].Name, "."); dots > 0 {
			params[i].Name = strings.Repeat("  ", dots) + params[i].Name[strings.LastIndexByte(params[i].Name, '.')+1:]
		}
	}
	for _, p := range params {
		names = max(names, min(plain.Width(p.Name), 32))
		types = max(types, min(plain.Width(p.Type), 28))
	}
	types = min(types, max(16, columns-leastDoc-6-names))
	margin := 2 + names + 2 + types + 2
	beside := columns-margin >= leastDoc
	if !beside {
		margin = 6
	}
	b.WriteString("\n" + s.Paint(paint.Bold, title) + "\n")
	for _, p := range params {
		doc := p.Doc
		if p.Required {
			doc = strings.TrimSuffix("required; "+doc, "; ")
		}
		line := "  " + s.Paint(paint.Name, paint.Pad(p.Name, names, false)) + "  " + s.Paint(paint.Time, p.Type)
		lines := paint.Wrap(doc, columns-margin)
		if fits := beside && plain.Width(p.Type) <= types && plain.Width(p.Name) <= names; fits {
			line += strings.Repeat(" ", types-plain.Width(p.Type)+2) + lines[0]
			lines = lines[1:]
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		for _, text := range lines {
			if text != "" {
				b.WriteString(strings.Repeat(" ", margin) + text + "\n")
			}
		}
	}
}

// group lists the calls whose names start with a group's, or is empty.
func (s *Shell) group(name string) string {
	name = strings.TrimSuffix(name, ".")
	var rows [][2]string
	widest := 0
	for _, call := range bindings.Calls() {
		short := strings.TrimPrefix(call, "crisp.")
		if name != "crisp" && !strings.HasPrefix(call, name+".") && !strings.HasPrefix(short, name+".") {
			continue
		}
		if page, err := bindings.Help(call); err == nil {
			text := s.spelled(call)
			widest = max(widest, plain.Width(text))
			rows = append(rows, [2]string{text, page.Summary})
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(s.Paint(paint.Name, paint.Pad(row[0], widest, false)) + "  " + plain.Cut(row[1], max(20, s.columns()-widest-2)) + "\n")
	}
	return b.String()
}

// overview lists the commands, and the groups of calls.
func (s *Shell) overview() string {
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
	b.WriteString("\n  Calls: " + s.Paint(paint.Name, strings.Join(callGroups(), ", ")) + "\n")
	b.WriteString("  " + s.Paint(paint.Name, s.spelled("crisp.people.update")+"?") + " documents a call, " + s.Paint(paint.Name, ".help people") + " lists a group.\n")
	b.WriteString("  " + s.Paint(paint.Name, "_") + " is the last result, " + s.Paint(paint.Name, "_error") + " the last error, " +
		s.Paint(paint.Name, "it") + " shows more of a list,\n  " + s.Paint(paint.Name, "shared") + " is seen by both languages.\n")
	return b.String()
}

// callGroups are the first words of all calls below crisp, and the names of the other modules.
func callGroups() []string {
	var names []string
	for _, call := range bindings.Calls() {
		name, rest, _ := strings.Cut(call, ".")
		if name == "crisp" {
			name, rest, _ = strings.Cut(rest, ".")
		}
		if rest != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
