package console

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/scripts/state"
)

// sourceView is a file of a version.
type sourceView struct {
	*state.Version
	File  string
	Paths []string
	Lines []string
}

func sourceOf(v *state.Version, file string) *sourceView {
	content, ok := v.Files[file]
	if !ok {
		return nil
	}
	return &sourceView{Version: v, File: file, Paths: slices.Sorted(maps.Keys(v.Files)), Lines: splitLines(content)}
}

func splitLines(content []byte) []string {
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	return strings.Split(strings.ToValidUTF8(strings.TrimSuffix(string(content), "\n"), "\uFFFD"), "\n")
}

func (c *Console) sourcePage(w http.ResponseWriter, r *http.Request) error {
	version, err := c.backend.Version(r.Context(), r.FormValue("version"))
	if err != nil {
		return err
	}
	file := r.FormValue("file")
	if file == "" {
		file = version.Entry
	}
	view := sourceOf(version, file)
	if view == nil {
		return notFound("This version has no such file.")
	}
	c.render(w, r, http.StatusOK, "source", file, view)
	return nil
}

// problemView is an error with the lines around its place.
type problemView struct {
	state.RunError
	// URL leads to the line in the source of the version, or is empty.
	URL   string
	Lines []problemLine
}

type problemLine struct {
	Number int
	Text   string
	// Here is the line of the error. Before is what stands left of the error's column.
	Here   bool
	Caret  bool
	Before string
}

const linesAround = 3

// problem finds an error's place in a version. Without one, or when the version's line is another one, only the line that the
// error brings is shown.
func (c *Console) problem(ctx context.Context, e *state.RunError, version string) *problemView {
	view := &problemView{RunError: *e}
	if e.Line < 1 {
		return view
	}
	lines, first := []string{e.SourceLine}, e.Line
	if version != "" && e.File != "" {
		if v, err := c.backend.Version(ctx, version); err == nil {
			if all := splitLines(v.Files[e.File]); e.Line <= len(all) && (e.SourceLine == "" || all[e.Line-1] == strings.TrimRight(e.SourceLine, "\r\n")) {
				first = max(1, e.Line-linesAround)
				lines = all[first-1 : min(len(all), e.Line+linesAround)]
				view.URL = sourceURL(version, e.File, e.Line)
			}
		}
	}
	if len(lines) == 1 && strings.TrimSpace(lines[0]) == "" {
		return view
	}
	for i, text := range lines {
		line := problemLine{Number: first + i, Text: text, Here: first+i == e.Line}
		if runes := []rune(text); line.Here && e.Column > 0 && e.Column <= len(runes)+1 {
			line.Caret, line.Before = true, string(runes[:e.Column-1])
		}
		view.Lines = append(view.Lines, line)
	}
	return view
}
