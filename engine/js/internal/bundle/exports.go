package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// exportNames are the names that esbuild says a bundle exports. A CommonJS file exports its module.exports as the default.
func exportNames(metafile string) ([]string, error) {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string   `json:"entryPoint"`
			Exports    []string `json:"exports"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, fmt.Errorf("read the exports: %w", err)
	}
	for _, output := range meta.Outputs {
		if output.EntryPoint != "" {
			return output.Exports, nil
		}
	}
	return nil, nil
}

// commonExports names what a CommonJS file exports.
const commonExports = "__crisphost_exports"

// errNoExports tells that esbuild does not write exports as expected.
var errNoExports = errors.New("the bundle does not end with its exports")

// handOver replaces the export statement that ends a bundle by a call that hands the exports to the run: an object with a getter for
// each, so that later assignments show, and the default export, awaited. Of a CommonJS file it hands over module.exports. Locals
// are the variables of the exports whose names are identifiers.
func handOver(code []byte) (changed []byte, locals map[string]string, err error) {
	const word = "export "
	start := 0
	if i := bytes.LastIndex(code, []byte("\n"+word)); i >= 0 {
		start = i + 1
	} else if !bytes.HasPrefix(code, []byte(word)) {
		return nil, nil, errNoExports
	}
	statement := strings.TrimSuffix(strings.TrimSpace(string(code[start+len(word):])), ";")
	var text strings.Builder
	text.Write(code[:start])
	if value, ok := strings.CutPrefix(statement, "default "); ok {
		// As import does, which takes the default of what a compiler made of an ES module.
		text.WriteString("{const " + commonExports + "=" + value + ";" + syntax.ParamResult + "(await(" + commonExports + "?.__esModule?" +
			commonExports + ".default:" + commonExports + ")," + commonExports + ")}\n")
		return []byte(text.String()), locals, nil
	}
	list, ok := strings.CutSuffix(strings.TrimPrefix(statement, "{"), "}")
	if !ok {
		return nil, nil, errNoExports
	}
	value, locals := "void 0", make(map[string]string)
	var getters strings.Builder
	for line := range strings.Lines(strings.TrimSpace(list)) {
		local, name, renamed := strings.Cut(strings.TrimSuffix(strings.TrimSpace(line), ","), " as ")
		if !renamed {
			name = local
		}
		if name == "default" {
			value = "await " + local
		}
		if !strings.HasPrefix(name, `"`) {
			locals[name] = local
			name = `"` + name + `"`
		}
		getters.WriteString(",get " + name + "(){return " + local + "}")
	}
	text.WriteString(syntax.ParamResult + "(" + value + ",{__proto__:null" + getters.String() + "});\n")
	return []byte(text.String()), locals, nil
}
