// Package help documents script calls for a person at a terminal, in the spelling of one language or of both.
package help

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
)

// Writer writes documentation.
type Writer struct {
	paint.Style
	// Language is the one that examples and names are written in. Empty writes for scripts, in both.
	Language engine.Language
	// Columns is the width to write for. 0 is unlimited.
	Columns int
	// Index has the calls.
	Index *Index

	// awaits writes JavaScript as scripts do; the shell awaits by itself.
	awaits bool
}

// Spelled returns a name as the language writes it.
func (w Writer) Spelled(name string) string {
	if w.Language == engine.JavaScript || w.Language == engine.TypeScript {
		return words.Camel(name)
	}
	return name
}

// maxColumns is the width beyond which pages do not grow.
const maxColumns = 100

// pageColumns is the width of a page.
func (w Writer) pageColumns() int {
	if w.Columns == 0 {
		return maxColumns
	}
	return min(w.Columns, maxColumns)
}

// writeCode writes what code returns for the language, or for both with their names.
func (w Writer) writeCode(b *strings.Builder, code func(Writer) string) {
	if w.Language != "" {
		b.WriteString("  " + code(w) + "\n")
		return
	}
	w.awaits = true
	for _, l := range [...]struct {
		language engine.Language
		name     string
	}{{engine.Lua, "Lua"}, {engine.JavaScript, "JavaScript"}} {
		w.Language = l.language
		w.writeFact(b, l.name, code(w))
	}
}

// writeFact writes a line of a name and what it is.
func (w Writer) writeFact(b *strings.Builder, name, text string) {
	b.WriteString(w.Paint(paint.Dim, paint.Pad(name, len("JavaScript"), false)) + "  " + text + "\n")
}

// isSequence reports whether a call returns an iterator.
func isSequence(page *bindings.Page) bool { return strings.HasPrefix(page.Result, "iterator of ") }

// await puts the word before a call where the language needs it.
func (w Writer) await(page *bindings.Page, call string) string {
	if w.awaits && page.Async && w.Language == engine.JavaScript {
		return "await " + call
	}
	return call
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
	call := w.Spelled(page.Call) + "(" + strings.Join(args, ", ") + ")"
	if w.awaits && isSequence(page) && w.Language == engine.JavaScript {
		return "for await (const item of " + call + ") { … }"
	}
	return w.await(page, call)
}

// Headline returns a call's signature and the first line of its documentation.
func (w Writer) Headline(page *bindings.Page) string {
	head := w.Paint(paint.Bold, page.Call)
	if w.Language != "" {
		head = w.Paint(paint.Bold, w.signature(page))
		if page.Result != "" {
			head += w.Paint(paint.Dim, " → "+page.Result)
		}
	}
	return head + "\n  " + page.Summary + "\n"
}

// Page lays out the documentation of a call.
func (w Writer) Page(page *bindings.Page) string {
	columns := w.pageColumns()
	var b strings.Builder
	b.WriteString(w.Headline(page))
	if page.Doc != "" {
		b.WriteByte('\n')
		for _, line := range paint.Wrap(page.Doc, columns-2) {
			b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
	if w.Language == "" {
		b.WriteByte('\n')
		w.writeCode(&b, func(w Writer) string { return w.signature(page) })
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
	b.WriteString("\n" + w.Paint(paint.Bold, "Example") + "\n")
	w.writeCode(&b, func(w Writer) string { return w.example(page, arguments, options) })
	op := page.Operation
	if w.Language == "" || op != nil {
		b.WriteByte('\n')
	}
	if w.Language == "" {
		w.writeFact(&b, "Returns", cmp.Or(page.Result, "nothing"))
	}
	if op != nil {
		w.writeFact(&b, "Request", op.Method+" "+op.Path)
		w.writeFact(&b, "Effect", op.Effect.String())
		w.writeFact(&b, "Tiers", op.Tiers.String())
		if op.DocsURL != "" {
			w.writeFact(&b, "Reference", op.DocsURL)
		}
	}
	return b.String()
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
		text := row[1]
		if w.Columns > 0 {
			text = plain.Cut(text, max(20, w.Columns-widest-2))
		}
		b.WriteString(w.Paint(paint.Name, paint.Pad(row[0], widest, false)) + "  " + text + "\n")
	}
	return b.String()
}
