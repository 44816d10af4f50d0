package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// app is the process's surroundings. Tests replace them.
type app struct {
	in       io.Reader
	out, err io.Writer
	// lookupEnv reads the environment.
	lookupEnv func(name string) (string, bool)
	keyring   secretStore
	terminal  terminal
	hangups   *hangups
	// columns is the width of the terminal that standard output is, or 0 when it is none.
	columns func() int
	// colorOut and colorErr tell whether the streams show colours.
	colorOut, colorErr bool
}

func newApp() *app {
	return &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		lookupEnv: os.LookupEnv,
		keyring:   systemKeyring{},
		terminal:  stdinTerminal{},
		hangups:   &hangups{},
		columns:   terminalWidth,
		colorOut:  wantsColor(os.Stdout),
		colorErr:  wantsColor(os.Stderr),
	}
}

// wantsColor follows https://no-color.org.
func wantsColor(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// getenv reads a variable; unset and empty are the same.
func (a *app) getenv(name string) string {
	value, _ := a.lookupEnv(name)
	return value
}

// logger writes a script's log lines and, with verbose, the API's attempts to standard error.
func (a *app) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			// A person who watches knows the time, and without it the output can be compared.
			if attr.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return attr
		},
	}))
}

// readAll reads a stream to its end, at most limit bytes and one more, unless the context ends first.
func readAll(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, limit+1))
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		return got.data, got.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
