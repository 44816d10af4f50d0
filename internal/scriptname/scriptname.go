// Package scriptname knows the names of script files.
package scriptname

import (
	"path/filepath"
	"strings"
)

// extensions are the ends of scripts' names with their languages, which are those of package engine.
var extensions = [...]struct{ end, language string }{
	{".lua", "lua"},
	{".js", "js"}, {".mjs", "js"}, {".cjs", "js"},
	{".ts", "ts"}, {".mts", "ts"}, {".cts", "ts"},
}

// Extensions returns how scripts' names may end, in words: ".lua, .js, .mjs, .cjs, .ts, .mts or .cts".
func Extensions() string {
	var text strings.Builder
	for i, e := range extensions {
		switch i {
		case 0:
		case len(extensions) - 1:
			text.WriteString(" or ")
		default:
			text.WriteString(", ")
		}
		text.WriteString(e.end)
	}
	return text.String()
}

// Language returns the language of a file by the end of its name, in any case. It reports whether the file is a script.
func Language(filename string) (language string, ok bool) {
	end := filepath.Ext(filename)
	for _, e := range extensions {
		if strings.EqualFold(end, e.end) {
			return e.language, true
		}
	}
	return "", false
}
