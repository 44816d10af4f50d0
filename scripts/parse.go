package scripts

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// parseHeader makes a header of a comment's lines. Beside errors it is what could be read.
func parseHeader(comment []commentLine) (Header, *HeaderError) {
	for _, line := range comment {
		if !utf8.ValidString(line.text) {
			// All of the file can be misread, so that nothing else is said about it.
			return Header{}, errorAt(line.at, "save the file as UTF-8", "the comment is not UTF-8 text")
		}
	}
	tags, prose := splitTags(comment)
	var (
		h     Header
		wrong *HeaderError
	)
	first := map[string]engine.Position{}
	for _, t := range tags {
		known := parserOf(t.Name)
		if known.parse == nil {
			wrong = wrong.and(unknownTag(t))
			continue
		}
		if at, again := first[t.Name]; again && !known.repeats {
			wrong = wrong.and(errorAt(t.Position, "keep one of them", "@%s is given twice, first on line %d", t.Name, at.Line))
			continue
		}
		first[t.Name] = t.Position
		wrong = wrong.and(known.parse(&h, t))
	}
	h.Tags = tags
	wrong = wrong.and(checkTriggers(h, first))
	if h.Description == "" {
		h.Description = prose
	}
	return h, wrong
}

// splitTags parts a comment into tags and its first paragraph of prose.
func splitTags(comment []commentLine) (tags []Tag, prose string) {
	var paragraph []string
	ended := false
	// open reports whether tags ends with a tag that the next line may continue, and foreign whether a tag of another tool may.
	open, foreign := false, false
	indent := 0
	for _, line := range comment {
		name, isTag := tagName(line.text)
		switch {
		case isTag:
			ended = ended || len(paragraph) > 0
			open, foreign, indent = !foreignTag(name), foreignTag(name), line.at.Column
			if open {
				tags = append(tags, newTag(line, name))
			}
		case line.text == "":
			open, foreign = false, false
			ended = ended || len(paragraph) > 0
		case (open || foreign) && line.at.Column > indent:
			if open {
				tags[len(tags)-1].extend(line.text, line.at)
			}
		default:
			open, foreign = false, false
			switch {
			case ended || isDirective(line.text):
			case strings.ContainsFunc(line.text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }):
				paragraph = append(paragraph, line.text)
			default: // a rule such as "======"
				ended = len(paragraph) > 0
			}
		}
	}
	for i := range tags {
		tags[i].setValue()
	}
	return tags, strings.Join(paragraph, " ")
}

// tagName returns the name in a line that starts with a tag.
func tagName(text string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(text, "@")
	if !ok {
		return "", false
	}
	end := strings.IndexFunc(rest, func(c rune) bool {
		return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], end > 0
}

func newTag(line commentLine, name string) Tag {
	t := Tag{Position: line.at, Name: name}
	rest := line.text[1+len(name):]
	at := line.at
	at.Column += 1 + utf8.RuneCountInString(name)
	t.extend(rest, at)
	return t
}

// extend adds the words of a text that starts at a place to the tag. Value is set when all are there.
func (t *Tag) extend(text string, at engine.Position) {
	t.lines = append(t.lines, word{Position: at, text: text})
	for text != "" {
		trimmed := strings.TrimLeft(text, " \t")
		at.Column += len(text) - len(trimmed)
		end := strings.IndexAny(trimmed, " \t")
		if end < 0 {
			end = len(trimmed)
		}
		if end > 0 {
			t.words = append(t.words, word{Position: at, text: trimmed[:end]})
		}
		at.Column += utf8.RuneCountInString(trimmed[:end])
		text = trimmed[end:]
	}
}

func (t *Tag) setValue() {
	texts := make([]string, len(t.words))
	for i, w := range t.words {
		texts[i] = w.text
	}
	t.Value = strings.Join(texts, " ")
}

// isDirective tells lines that speak to tools or lawyers and describe nothing.
func isDirective(text string) bool {
	return slices.ContainsFunc(directivePrefixes[:], func(p string) bool { return strings.HasPrefix(text, p) })
}

var directivePrefixes = [...]string{
	"Copyright", "SPDX-", "<reference", "biome-ignore", "eslint", "global ", "globals ", "luacheck:", "prettier-ignore",
	"selene:", "stylua:", "vim:", "-*-",
}

// foreignTag tells the tags of documentation and editor tools (JSDoc, TypeScript, LuaLS, LDoc) that may stand in the first
// comment of a script, such as that of its first function.
func foreignTag(name string) bool {
	return slices.Contains(foreignTags[:], name)
}

var foreignTags = [...]string{
	"abstract", "access", "alias", "as", "async", "author", "callback", "cast", "class", "constant", "copyright", "default",
	"deprecated", "diagnostic", "enum", "example", "export", "field", "file", "fileoverview", "format", "function", "generic",
	"ignore", "import", "internal", "jsx", "jsxImportSource", "kind", "language", "license", "local", "memberof", "meta",
	"module", "namespace", "nodiscard", "operator", "overload", "package", "packageDocumentation", "param", "preserve",
	"private", "property", "protected", "public", "readonly", "remarks", "release", "return", "returns", "satisfies",
	"script", "see", "since", "source", "template", "this", "throws", "todo", "tparam", "treturn", "ts-check", "ts-expect-error",
	"ts-ignore", "ts-nocheck", "type", "typedef", "usage", "vararg", "version",
}

func unknownTag(t Tag) *HeaderError {
	hint := "tags are @" + strings.Join(tagNames[:], ", @")
	if near := nearest.To(t.Name, tagNames[:]); near != "" {
		hint = "did you mean @" + near + "?"
	}
	if slices.Contains([]string{"event", "events", "trigger", "when"}, t.Name) {
		hint = "did you mean @on?"
	}
	return errorAt(t.Position, hint, "unknown tag @%s", t.Name)
}
