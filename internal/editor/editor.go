// Package editor has a person change a text in the editor of the environment.
package editor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/internal/plain"
)

// Error is an editor that failed.
type Error struct {
	// Problem is one line, and Hint says what to do.
	Problem, Hint string
	Err           error
}

func (e *Error) Error() string { return e.Problem }
func (e *Error) Unwrap() error { return e.Err }

// Streams are the terminal that the editor takes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Edit runs $VISUAL, $EDITOR or vi on a file of its own with the text and returns what was saved, without empty lines at the end. The
// name of the file tells the editor the language.
func Edit(ctx context.Context, getenv func(string) string, streams Streams, text, name string) (string, error) {
	editor := getenv("VISUAL")
	if editor == "" {
		editor = getenv("EDITOR")
	}
	if editor == "" {
		editor = "vi"
	}
	words, err := Words(editor)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "crisphost-")
	if err != nil {
		return "", fmt.Errorf("no file for the editor: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("no file for the editor: %w", err)
	}
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = streams.In, streams.Out, streams.Err
	if err := cmd.Run(); err != nil {
		return "", &Error{
			Problem: fmt.Sprintf("the editor %s failed: %v", plain.Line(editor), err),
			Hint:    "set EDITOR to an editor that waits until the file is closed", Err: err,
		}
	}
	edited, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the edited file cannot be read: %w", err)
	}
	return strings.ToValidUTF8(strings.TrimRight(string(edited), "\n"), "\ufffd"), nil
}

// Words splits as a shell does, without variables: quotes keep spaces, a backslash keeps the next character.
func Words(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote rune
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'' && filepath.Separator != '\\':
			escaped, inWord = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("an argument is missing")
	}
	return words, nil
}
