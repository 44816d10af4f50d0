//go:build unix

package regular

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// flags wait for no writer of a FIFO, and make no terminal the process's own.
const flags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY

// open opens anything without waiting. A socket cannot be opened at all.
func open(name string) (*os.File, error) {
	f, err := os.OpenFile(name, flags, 0)
	if errors.Is(err, syscall.ENXIO) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrIrregular}
	}
	return f, err
}
