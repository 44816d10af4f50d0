package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// stdio is the standard streams of the process. Tests put buffers into it.
type stdio struct {
	in       io.Reader
	out, err io.Writer
	keyboard keyboard
	// columns returns the width of the terminal that standard output is, or 0 when it is not a terminal.
	columns func() int
	// colorOut and colorErr report whether out and err show colours.
	colorOut, colorErr bool
}

// system returns the streams of this process.
func system() *stdio {
	return &stdio{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		keyboard: stdinKeyboard{},
		columns:  terminalWidth,
		colorOut: wantsColor(os.Stdout),
		colorErr: wantsColor(os.Stderr),
	}
}

// wantsColor follows https://no-color.org.
func wantsColor(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// terminalWidth returns the number of columns of standard output, or 0 when it is not a terminal.
func terminalWidth() int {
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// logger returns a logger for the log lines of a script and, at slog.LevelDebug, the requests to the API.
func logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
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
