//go:build unix

package regular_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/regular"
)

func TestOpenRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	fifo, socket, file, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "socket"), filepath.Join(dir, "file"), filepath.Join(dir, "link")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.WriteFile(file, []byte("text"), 0o600), os.Symlink(fifo, link)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fifo, socket, dir, link, "/dev/zero", "/dev/tty"} {
		done := make(chan error, 1)
		go func() {
			_, _, err := regular.ReadFile(name, 10)
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, regular.ErrIrregular) {
				t.Errorf("%s: %v, want ErrIrregular", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: opening it does not end", name)
		}
	}
	for limit, want := range map[int64]string{2: "tex", 4: "text", 9: "text"} {
		if data, info, err := regular.ReadFile(file, limit); err != nil || string(data) != want || info.Size() != 4 {
			t.Errorf("limit %d: %q, %v", limit, data, err)
		}
	}
	if _, err := regular.Open(filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
