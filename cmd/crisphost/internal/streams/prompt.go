package streams

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// Keyboard is the keyboard of a person, if there is one.
type Keyboard interface {
	Interactive() bool
	// ReadSecret reads a line without showing it.
	ReadSecret(ctx context.Context) (string, error)
}

type stdinKeyboard struct{}

// Interactive reports whether standard input is a terminal.
func (stdinKeyboard) Interactive() bool { return term.IsTerminal(int(os.Stdin.Fd())) }

// ReadSecret reads a line without showing it.
func (stdinKeyboard) ReadSecret(ctx context.Context) (string, error) {
	fd := int(os.Stdin.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type result struct {
		line []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		done <- result{line, err}
	}()
	select {
	case got := <-done:
		return string(got.line), got.err
	case <-ctx.Done():
		// The read goes on until the process ends, but the terminal shows what is typed again.
		return "", errors.Join(context.Cause(ctx), term.Restore(fd, state))
	}
}

// prompter asks questions on standard error.
type prompter struct {
	io    *IO
	lines *bufio.Reader
}

// Prompter returns a prompter that reads the answers from standard input.
func (s *IO) Prompter() *prompter { return &prompter{io: s, lines: bufio.NewReader(s.In)} }

// Ask reads a line. An empty one is the fallback.
func (p *prompter) Ask(ctx context.Context, question, fallback string) (string, error) {
	if fallback != "" {
		question += " [" + fallback + "]"
	}
	fmt.Fprint(p.io.Err, question+": ")
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := p.lines.ReadString('\n')
		done <- result{line, err}
	}()
	select {
	case got := <-done:
		if got.err != nil && (!errors.Is(got.err, io.EOF) || got.line == "") {
			fmt.Fprintln(p.io.Err)
			return "", &usage.Error{Problem: "there was no answer: " + got.err.Error()}
		}
		return cmp.Or(strings.TrimSpace(got.line), fallback), nil
	case <-ctx.Done():
		fmt.Fprintln(p.io.Err)
		return "", context.Cause(ctx)
	}
}

// AskSecret reads a line that is not shown.
func (p *prompter) AskSecret(ctx context.Context, question string) (string, error) {
	fmt.Fprint(p.io.Err, question+": ")
	secret, err := p.io.Keyboard.ReadSecret(ctx)
	fmt.Fprintln(p.io.Err)
	return strings.TrimSpace(secret), err
}
