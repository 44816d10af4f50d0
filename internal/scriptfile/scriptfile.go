// Package scriptfile reads the text of scripts, and refuses what is no script before a parser makes a riddle of it.
package scriptfile

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// Error is the reason why a text is no script.
type Error struct {
	// Name is the script's.
	Name string
	// Problem continues the name: "is a binary file, not a script". Hint tells what to do, or is empty.
	Problem, Hint string
}

func (e *Error) Error() string { return e.Name + " " + e.Problem }

// Read reads the text of a script. It fails for one that is larger than engine.MaxSourceSize.
func Read(r io.Reader, name string) ([]byte, error) {
	code, err := io.ReadAll(io.LimitReader(r, engine.MaxSourceSize+1))
	if err == nil {
		err = checkSize(name, code)
	}
	return code, err
}

func checkSize(name string, code []byte) error {
	if len(code) > engine.MaxSourceSize {
		return &Error{Name: name, Problem: fmt.Sprintf("is larger than the %d MiB limit for scripts", engine.MaxSourceSize>>20)}
	}
	return nil
}

// Check fails for a text that is too large, empty, or not UTF-8.
func Check(name string, code []byte, language engine.Language) error {
	if err := checkSize(name, code); err != nil {
		return err
	}
	switch {
	case len(bytes.TrimSpace(bytes.TrimPrefix(code, []byte("\ufeff")))) == 0:
		example := `console.log("hello")`
		if language == engine.Lua {
			example = `print("hello")`
		}
		return &Error{Name: name, Problem: "is empty", Hint: "write a script, for example: " + example}
	case bytes.HasPrefix(code, []byte("\xff\xfe")) || bytes.HasPrefix(code, []byte("\xfe\xff")):
		return &Error{Name: name, Problem: "is UTF-16 text", Hint: "save it as UTF-8"}
	case bytes.IndexByte(code, 0) >= 0:
		return &Error{Name: name, Problem: "is a binary file, not a script"}
	case !utf8.Valid(code):
		line := 1 + bytes.Count(code[:invalidAt(code)], []byte("\n"))
		return &Error{Name: name, Problem: fmt.Sprintf("is not UTF-8 text (line %d)", line), Hint: "save it as UTF-8"}
	}
	return nil
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(code []byte) int {
	for i := 0; i < len(code); {
		r, size := utf8.DecodeRune(code[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(code)
}
