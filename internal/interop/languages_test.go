package interop

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// languageLine is a line of a table of docs/languages.md: code, what it prints here, and what it prints elsewhere.
type languageLine struct{ code, here, there string }

// languageLines reads the tables behind a heading of the page.
func languageLines(t *testing.T, heading string) (list []languageLine) {
	t.Helper()
	page, err := os.ReadFile("../../docs/languages.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("the page has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 5 {
			t.Fatalf("the line %q has not three cells", line)
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "\x00", "|")
		}
		list = append(list, languageLine{strings.Trim(cells[1], "`"), cells[2], cells[3]})
	}
	if len(list) < 5 {
		t.Fatalf("%d lines behind %q", len(list), heading)
	}
	return list
}

// matches reports whether a cell says what code printed: `output` is all of it, nothing is
// no output, and error: `text` is a part of the error's message.
func matches(cell, output string, failed bool) bool {
	if text, isError := strings.CutPrefix(cell, "error: "); isError {
		return failed && strings.Contains(output, strings.Trim(text, "`"))
	}
	if cell == "nothing" {
		cell = ""
	}
	return !failed && strings.TrimSpace(output) == strings.Trim(cell, "`")
}

// here runs code as a script.
func here(t *testing.T, eng *engine.Engine, language engine.Language, code string) (output string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program, err := eng.Compile(ctx, engine.Source{Name: "code." + string(language), Code: []byte(printed(language, code)), Language: language})
	if err != nil {
		if program, err = eng.Compile(ctx, engine.Source{Name: "code." + string(language), Code: []byte(code), Language: language}); err != nil {
			return err.Error() + hintOf(err), true
		}
	}
	var out bytes.Buffer
	vm, err := eng.NewVM(language, engine.WithStdout(&out), engine.WithStderr(&out))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vm.Close() }()
	if err := vm.Exec(ctx, program); err != nil {
		return err.Error() + hintOf(err), true
	}
	return out.String(), false
}

func hintOf(err error) string {
	if e := (*engine.Error)(nil); errors.As(err, &e) && e.Hint != "" {
		return "; " + e.Hint
	}
	return ""
}

// printed is code that prints an expression.
func printed(language engine.Language, code string) string {
	if language == engine.Lua {
		return "print(" + code + "\n)"
	}
	return "console.log(" + code + "\n)"
}

// there runs code with another program, as an expression that is printed or else as it is.
func there(t *testing.T, language engine.Language, code string, command ...string) (output string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := func(text string) (string, error) {
		var out, complaints bytes.Buffer
		cmd := exec.CommandContext(ctx, command[0], append(command[1:], text)...)
		cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Run(); err != nil {
			return complaints.String(), err
		}
		return out.String(), nil
	}
	output, err := run(printed(language, code))
	if err != nil && syntaxError.MatchString(output) {
		output, err = run(code)
	}
	return output, err != nil
}

var syntaxError = regexp.MustCompile(`SyntaxError|expected near|unexpected symbol|malformed`)

// TestLanguagePage runs each line of docs/languages.md here and where it compares with.
func TestLanguagePage(t *testing.T) {
	eng, err := engine.New(js.Language, lua.Language, bindings.Modules())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		heading  string
		language engine.Language
		tool     string
		command  []string
	}{
		{"JavaScript and TypeScript, compared with Node 20", engine.JavaScript, "node", []string{"node", "--input-type=module", "-e"}},
		{"Lua, compared with Lua 5.1", engine.Lua, "lua5.1", []string{"lua5.1", "-e"}},
	} {
		for _, d := range languageLines(t, part.heading) {
			if output, failed := here(t, eng, part.language, d.code); !matches(d.here, output, failed) {
				t.Errorf("%s\nprints %q here, and the page says %s", d.code, output, d.here)
			}
		}
		t.Run(part.tool, func(t *testing.T) {
			if _, err := exec.LookPath(part.command[0]); err != nil {
				testrequire.Missing(t, part.tool, part.tool+" is not installed")
			}
			if version, _ := there(t, part.language, "process.version", part.command...); part.tool == "node" && !strings.HasPrefix(version, "v20.") {
				t.Skip("the page compares with Node 20, and this is " + version)
			}
			for _, d := range languageLines(t, part.heading) {
				if output, failed := there(t, part.language, d.code, part.command...); !matches(d.there, output, failed) {
					t.Errorf("%s\nprints %q in %s, and the page says %s", d.code, output, part.tool, d.there)
				}
			}
		})
	}
}
