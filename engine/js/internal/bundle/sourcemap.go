package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/file"
	"github.com/go-sourcemap/sourcemap"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// inPackages is a part of the names of files that people have not written for a script, and packageFile stands for the
// sources that the source map of a package names.
const (
	inPackages  = "node_modules/"
	packageFile = inPackages + "compiled"
)

// IsPackage reports whether a file, as goja names it, is one of a package.
func IsPackage(file string) bool {
	return strings.Contains(file, inPackages)
}

// wrapperLines is how many lines stand before the bundled code in a program.
const wrapperLines = 1

// readMap prepares esbuild's source map for goja and finds the files that it names. It returns nil for a program without code.
//
// goja asks the map with columns counted from 1 where maps count from 0, and passes on the answer's column, counted from 0,
// as if it were counted from 1. The section's offset and the first mapping set both right.
func (b *bundle) readMap(data []byte) (*sourcemap.Consumer, map[string]*SourceFile, error) {
	m, err := parseSourceMap(data)
	if err != nil {
		return nil, nil, err
	}
	if m.Mappings == "" {
		return nil, nil, nil // an empty script, which the library refuses
	}
	files := make(map[string]*SourceFile, len(m.Sources))
	for i, source := range m.Sources {
		path := source
		// esbuild escapes the names as those of URLs.
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(b.main), filepath.FromSlash(path))
		}
		f := b.files[path]
		if f == nil {
			// The virtual entry and host modules, which are nobody's code, and what packages were compiled from.
			m.Sources[i] = syntax.BundleFile
			if strings.Contains(filepath.ToSlash(path), inPackages) {
				m.Sources[i] = packageFile
			}
			continue
		}
		m.Sources[i] = filepath.ToSlash(f.Name)
		files[resolvedName(b.bundleName(), m.Sources[i])] = f
	}
	m.Mappings, err = columnsFromOne(m.Mappings)
	if err != nil {
		return nil, nil, err
	}
	type offset struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
	type section struct {
		Offset offset     `json:"offset"`
		Map    *sourceMap `json:"map"`
	}
	indexed, err := json.Marshal(struct {
		Version  int       `json:"version"`
		Sections []section `json:"sections"`
	}{3, []section{{offset{wrapperLines, 1}, m}}})
	if err != nil {
		return nil, nil, fmt.Errorf("write the source map: %w", err)
	}
	consumer, err := sourcemap.Parse("", indexed)
	if err != nil {
		return nil, nil, fmt.Errorf("read the source map: %w", err)
	}
	return consumer, files, nil
}

// resolvedName is what goja makes of a source's name.
func resolvedName(bundleName, source string) string {
	if u := file.ResolveSourcemapURL(bundleName, source); u != nil {
		return u.String()
	}
	return source
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// columnsFromOne makes the source columns of mappings count from 1. Mappings are differences, so only the first changes.
func columnsFromOne(mappings string) (string, error) {
	start := strings.IndexFunc(mappings, func(r rune) bool { return r != ';' && r != ',' })
	if start < 0 {
		return mappings, nil
	}
	// The fields of the first mapping: generated column, source, line, column.
	at := start
	for range 3 {
		_, n, err := readVLQ(mappings[at:])
		if err != nil {
			return "", err
		}
		at += n
	}
	column, n, err := readVLQ(mappings[at:])
	if err != nil {
		return "", err
	}
	return mappings[:at] + writeVLQ(column+1) + mappings[at+n:], nil
}

// readVLQ reads a number of a source map and tells how many digits it took.
func readVLQ(s string) (value, length int, err error) {
	shift := 0
	for i := range len(s) {
		digit := strings.IndexByte(base64Digits, s[i])
		if digit < 0 {
			break
		}
		value |= (digit & 31) << shift
		if digit&32 == 0 {
			if value&1 != 0 {
				return -(value >> 1), i + 1, nil
			}
			return value >> 1, i + 1, nil
		}
		shift += 5
	}
	return 0, 0, fmt.Errorf("the source map has no number at %q", s[:min(len(s), 8)])
}

func writeVLQ(value int) string {
	bits := value << 1
	if value < 0 {
		bits = -value<<1 | 1
	}
	var b strings.Builder
	for {
		digit := bits & 31
		bits >>= 5
		if bits != 0 {
			digit |= 32
		}
		b.WriteByte(base64Digits[digit])
		if bits == 0 {
			return b.String()
		}
	}
}

// Position turns a position as goja reports it into one in the user's files. It is false for code that is not the user's.
func Position(files map[string]*SourceFile, at engine.Position) (engine.Position, *SourceFile, bool) {
	f := files[at.File]
	if f == nil {
		return engine.Position{}, nil, false
	}
	if f.Place != nil {
		line, column := f.Place(at.Line, at.Column)
		return engine.Position{File: f.Name, Line: line, Column: column}, f, true
	}
	if at.Line == 1 && bytes.HasPrefix(f.Code, []byte(byteOrderMark)) {
		at.Column = max(at.Column-1, 1)
	}
	return engine.Position{File: f.Name, Line: at.Line, Column: characterColumn(f.Line(at.Line), at.Column)}, f, true
}

// Locate sets the place of an error from a position as goja reports it, if it is in the user's files.
func Locate(e *engine.Error, files map[string]*SourceFile, at engine.Position) {
	if pos, f, ok := Position(files, at); ok {
		e.Position = pos
		e.SourceLine = f.Line(pos.Line)
	}
}

// characterColumn turns a column in UTF-16 units into one in characters, both counted from 1.
func characterColumn(line string, column int) int {
	units, characters := 1, 1
	for _, r := range line {
		if units >= column {
			break
		}
		units++
		if r > 0xffff && r != utf8.RuneError {
			units++
		}
		characters++
	}
	return characters + max(0, column-units)
}
