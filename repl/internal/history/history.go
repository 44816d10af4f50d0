// Package history keeps what was entered, across sessions, without secrets.
package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxHistory is how many entries are kept across sessions.
const maxHistory = 10_000

// maxRemembered is the size in bytes up to which an entry is kept.
const maxRemembered = 256 << 10

// History is what was entered, in this session and before. The file holds one entry on a line, with line breaks escaped.
// Entries are appended as they come, so that several shells share a file and nothing is lost with the terminal.
type History struct {
	path    string
	secrets secrets
	entries []string
}

// Open reads the file at path. Without a path nothing is kept. A file that is not there is an empty one. Known are secrets that the
// file must not hold, beside what looks like a secret. The history can be used when Open fails; it is not kept then.
func Open(path string, known []string) (*History, error) {
	h := &History{path: path, secrets: secrets{known}}
	if path == "" {
		return h, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		h.path = ""
		return h, fmt.Errorf("the history cannot be read: %w", err)
	}
	for line := range bytes.Lines(data) {
		entry := unescapeEntry(strings.TrimRight(string(line), "\r\n"))
		if entry == "" || !utf8.ValidString(entry) {
			continue
		}
		h.entries = append(h.entries, entry)
	}
	// The file grows by a tenth beyond what is kept before it is written anew.
	if n := len(h.entries); n > maxHistory {
		h.entries = h.entries[n-maxHistory:]
		if n > maxHistory+maxHistory/10 {
			err = h.rewrite()
		}
	}
	return h, err
}

// Entries returns the entries, oldest first.
func (h *History) Entries() []string { return h.entries }

// Add remembers an entry. What holds a secret is remembered until the session ends and not written. After it has failed nothing more
// is written.
func (h *History) Add(entry string) error {
	if n := len(h.entries); n > 0 && h.entries[n-1] == entry {
		return nil
	}
	h.entries = append(h.entries, entry)
	if len(h.entries) > maxHistory {
		h.entries = h.entries[1:]
	}
	if h.path == "" || len(entry) > maxRemembered || !utf8.ValidString(entry) || h.secrets.in(entry) {
		return nil
	}
	if err := h.write(entry); err != nil {
		h.path = ""
		return fmt.Errorf("the history cannot be kept: %w", err)
	}
	return nil
}

func (h *History) write(entry string) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(escapeEntry(entry) + "\n")
	return errors.Join(err, f.Close())
}

// rewrite replaces the file, whole or not at all.
func (h *History) rewrite() error {
	f, err := os.CreateTemp(filepath.Dir(h.path), ".history-*")
	if err != nil {
		return fmt.Errorf("the history cannot be shortened: %w", err)
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	w := bufio.NewWriter(f)
	for _, entry := range h.entries {
		_, _ = w.WriteString(escapeEntry(entry) + "\n") // Flush tells
	}
	if err = errors.Join(w.Flush(), f.Close()); err == nil {
		err = os.Rename(f.Name(), h.path)
	}
	if err != nil {
		return fmt.Errorf("the history cannot be shortened: %w", err)
	}
	return nil
}

func escapeEntry(entry string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(entry)
}

func unescapeEntry(line string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(line)
}
