// Package streams writes to the standard streams for people and programs: JSON, colours, times, log lines and questions.
package streams

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// IO is the standard streams of the process. Tests put buffers into it.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Keyboard Keyboard
	// Columns returns the width of the terminal that standard output is, or 0 when it is not a terminal.
	Columns func() int
	// ColorOut and colorErr report whether out and err show colours.
	ColorOut, ColorErr bool
}

// System returns the streams of this process.
func System() *IO {
	return &IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Keyboard: stdinKeyboard{},
		Columns:  terminalWidth,
		ColorOut: WantsColor(os.Stdout),
		ColorErr: WantsColor(os.Stderr),
	}
}

// LiveErr reports whether standard error is a terminal whose lines can be written again.
func (s *IO) LiveErr() bool {
	f, ok := s.Err.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// WantsColor follows https://no-color.org.
func WantsColor(f *os.File) bool {
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

// CatchLog has lines that packages of Go log by themselves, such as what a server sent unasked, go to a logger at a level.
func CatchLog(logger *slog.Logger, level slog.Level) {
	slog.SetLogLoggerLevel(level)
	slog.SetDefault(logger)
}

// Logger returns a logger for the log lines of a script and, at slog.LevelDebug, the requests to the API.
func Logger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			// A person who watches knows the time, and without it the output can be compared. Scripts may have fields of that name.
			if attr.Key == slog.TimeKey && attr.Value.Kind() == slog.KindTime && len(groups) == 0 {
				return slog.Attr{}
			}
			return attr
		},
	}))
}
