// Package help documents script calls for a person at a terminal, in the spelling of a language.
package help

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/repl/internal/paint"
)

// Writer writes documentation.
type Writer struct {
	paint.Style
	// Language is the one that examples and names are written in.
	Language engine.Language
	// Columns is the width to write for.
	Columns int
	// Index has the calls.
	Index *Index
}

// Spelled returns a name as the language writes it.
func (w Writer) Spelled(name string) string {
	if w.Language == engine.Lua {
		return name
	}
	return words.Camel(name)
}

// signature is a call as it is written. Optional arguments stand in brackets.
func (w Writer) signature(page *bindings.Page) string {
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
	return w.Spelled(page.Call) + "(" + strings.Join(args, ", ") + ")"
}

// Headline returns a call's signature and the first line of its documentation.
func (w Writer) Headline(page *bindings.Page) string {
	result := ""
	if page.Result != "" {
		result = w.Paint(paint.Dim, " → "+page.Result)
	}
	return w.Paint(paint.Bold, w.signature(page)) + result + "\n  " + page.Summary + "\n"
}

// Page lays out the documentation of a call for the current language.
func (w Writer) Page(page *bindings.Page) string {
	columns := min(w.Columns, 100)
	var b strings.Builder
	b.WriteString(w.Headline(page))
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
	w.writeParams(&b, "Arguments", slices.Clone(arguments), columns)
	w.writeParams(&b, "Options", slices.Clone(options), columns)
	b.WriteString("\n" + w.Paint(paint.Bold, "Example") + "\n  " + w.example(page, arguments, options) + "\n")
	if op := page.Operation; op != nil {
		fmt.Fprintf(&b, "\n%s  %s %s\n", w.Paint(paint.Dim, "Request"), op.Method, op.Path)
		fmt.Fprintf(&b, "%s   %s\n", w.Paint(paint.Dim, "Effect"), op.Effect)
		fmt.Fprintf(&b, "%s    %s\n", w.Paint(paint.Dim, "Tiers"), tierNames(op.Tiers))
		if op.DocsURL != "" {
			fmt.Fprintf(&b, "%s     %s\n", w.Paint(paint.Dim, "Docs"), op.DocsURL)
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
func (w Writer) writeParams(b *strings.Builder, title string, params []engine.Param, columns int) {
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
	b.WriteString("\n" + w.Paint(paint.Bold, title) + "\n")
	for _, p := range params {
		doc := p.Doc
		if p.Required {
			doc = strings.TrimSuffix("required; "+doc, "; ")
		}
		line := "  " + w.Paint(paint.Name, paint.Pad(p.Name, names, false)) + "  " + w.Paint(paint.Time, p.Type)
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

// Group lists the calls whose names start with a group's, or is empty.
func (w Writer) Group(name string) string {
	name = strings.TrimSuffix(name, ".")
	var rows [][2]string
	widest := 0
	for _, call := range w.Index.Subjects() {
		short := strings.TrimPrefix(call, "crisp.")
		if name != "crisp" && !strings.HasPrefix(call, name+".") && !strings.HasPrefix(short, name+".") {
			continue
		}
		if page, err := w.Index.Find(call); err == nil {
			text := w.Spelled(call)
			widest = max(widest, plain.Width(text))
			rows = append(rows, [2]string{text, page.Summary})
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(w.Paint(paint.Name, paint.Pad(row[0], widest, false)) + "  " + plain.Cut(row[1], max(20, w.Columns-widest-2)) + "\n")
	}
	return b.String()
}
