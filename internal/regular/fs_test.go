//go:build unix

package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/regular"
)

func TestFileSystemsReadRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600), os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for kind, fsys := range map[string]fs.FS{"a directory": regular.DirFS(dir), "a root": regular.RootFS(root)} {
		if data, _, err := regular.ReadFS(fsys, "file", 2); err != nil || string(data) != "tex" {
			t.Errorf("%s: %q, %v", kind, data, err)
		}
		if info, err := fs.Stat(fsys, "fifo"); err != nil || info.Mode().IsRegular() {
			t.Errorf("%s: a FIFO is %v, %v", kind, info, err)
		}
		for name, want := range map[string]error{"fifo": regular.ErrIrregular, ".": regular.ErrIrregular, "gone": fs.ErrNotExist, "../file": fs.ErrInvalid} {
			done := make(chan error, 1)
			go func() {
				_, _, err := regular.ReadFS(fsys, name, 10)
				done <- err
			}()
			select {
			case err := <-done:
				if !errors.Is(err, want) {
					t.Errorf("%s, %s: %v, want %v", kind, name, err, want)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s, %s: opening it does not end", kind, name)
			}
		}
	}
}
