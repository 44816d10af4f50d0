package bundle

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
)

// shownMistakes is how many mistakes besides the first one a compile error lists.
const shownMistakes = 5

// compileError makes one error of esbuild's messages: the first in source order, the others in its hint.
func (b *bundle) compileError(messages []api.Message) error {
	mistakes := make([]*engine.Error, len(messages))
	for i, m := range messages {
		mistakes[i] = b.mistake(m)
	}
	return b.joined(mistakes)
}

// joined makes one error of several.
func (b *bundle) joined(mistakes []*engine.Error) error {
	slices.SortStableFunc(mistakes, func(x, y *engine.Error) int {
		if x.File != y.File {
			// Those of the script itself come after those of what it imports: the cause tends to be there.
			return boolOrder(x.File == b.src.Name, y.File == b.src.Name)
		}
		return (x.Line-y.Line)<<16 + x.Column - y.Column
	})
	first, others := mistakes[0], mistakes[1:]
	if len(others) == 0 {
		return first
	}
	var hint strings.Builder
	if first.Hint != "" {
		hint.WriteString(first.Hint + "\n")
	}
	fmt.Fprintf(&hint, "%d more:", len(others))
	for i, m := range others {
		if i == shownMistakes {
			hint.WriteString("\n...")
			break
		}
		hint.WriteString("\n" + m.Error())
	}
	first.Hint = hint.String()
	return first
}

func boolOrder(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	default:
		return 1
	}
}

func (b *bundle) mistake(m api.Message) *engine.Error {
	e := &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Message: m.Text, Position: engine.Position{File: b.src.Name}}
	if m.PluginName != "" {
		e.Name = "ImportError"
	}
	if at := m.Location; at != nil {
		e.File = b.locatedName(at)
		e.Line = at.Line
		// esbuild counts columns in bytes from 0.
		before := at.LineText[:min(at.Column, len(at.LineText))]
		e.Column = utf8.RuneCountInString(strings.TrimPrefix(before, byteOrderMark)) + 1
		e.SourceLine = strings.TrimPrefix(at.LineText, byteOrderMark)
	}
	var notes []string
	if (m.PluginName != "" || strings.HasPrefix(m.Text, "Could not resolve ")) && computed(m.Location) {
		notes = append(notes, `the import takes each file that its name may mean: write the end of the name too, as in import("./parts/" + name + ".js")`)
	}
	for _, note := range m.Notes {
		text := note.Text
		if note.Location != nil {
			place := fmt.Sprintf("%s:%d", b.locatedName(note.Location), note.Location.Line)
			if before, ends := strings.CutSuffix(text, " here:"); ends { // where esbuild shows the line
				text = fmt.Sprintf("%s at %s: %s", before, place, strings.TrimSpace(note.Location.LineText))
			} else {
				text = place + ": " + text
			}
		}
		notes = append(notes, text)
	}
	e.Hint = strings.Join(notes, "\n")
	if quoted, ok := strings.CutPrefix(m.Text, "Could not resolve "); ok {
		e.Name = "ImportError"
		// esbuild's own notes speak of its options.
		if path, dir, ok := b.unresolvedImport(quoted, m.Location); ok {
			e.Message, e.Hint = b.unresolved(path, dir)
		}
	}
	return e
}

// computed reports whether the name of an import is put together while the script runs: a text and a sum, or a template.
func computed(at *api.Location) bool {
	if at == nil || at.Column >= len(at.LineText) {
		return false
	}
	name := at.LineText[at.Column:]
	if name[0] == '`' {
		return strings.Contains(name, "${")
	}
	_, rest, closed := strings.Cut(name[1:], name[:1])
	return closed && strings.HasPrefix(strings.TrimSpace(rest), "+")
}

// unresolvedImport reads the import that a message quotes and the directory that it starts from.
func (b *bundle) unresolvedImport(quoted string, at *api.Location) (path, dir string, ok bool) {
	literal, err := strconv.QuotedPrefix(quoted)
	if err != nil || at == nil {
		return "", "", false
	}
	path, err = strconv.Unquote(literal)
	dir = filepath.Dir(at.File)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(b.main), dir)
	}
	return path, dir, err == nil
}

// locatedName is the display name of the file of a message. esbuild names files relative to the script's directory.
func (b *bundle) locatedName(at *api.Location) string {
	path := at.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(b.main), path)
	}
	if f := b.files[path]; f != nil {
		return f.Name
	}
	return b.display(path)
}

// moduleNames lists the host modules for a hint.
func (b *bundle) moduleNames() string {
	names := slices.Sorted(maps.Values(b.modules))
	return strings.Join(slices.Compact(names), ", ")
}
