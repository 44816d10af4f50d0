package bindings_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
)

func filesIn(t *testing.T, directory string) engine.InstanceOption {
	t.Helper()
	root, err := os.OpenRoot(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return bindings.WithFiles(root)
}

// A script that waits for input which does not come must still stop when it is told to.
func TestReadingInputEndsWithItsContext(t *testing.T) {
	input, writer := io.Pipe()
	defer writer.Close()
	read := find(t, modulesOf(t, filesIn(t, t.TempDir()), bindings.WithStdin(input)), "files.read")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	go func() {
		// The byte is taken when the read has begun.
		if _, err := writer.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		cancel(stop)
	}()
	if got, err := read.Call(ctx, args{"-"}); !errors.Is(err, stop) {
		t.Errorf("read %q, %v; want %v", got, err, stop)
	}
}

func TestWriteKeepsPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	directory := t.TempDir()
	path := filepath.Join(directory, "keys.txt")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	write := find(t, modulesOf(t, filesIn(t, directory)), "files.write")
	if _, err := write.Call(t.Context(), args{"keys.txt", "new"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the file's mode is %v after it was replaced", info.Mode())
	}
}

func TestFileErrors(t *testing.T) {
	directory := t.TempDir()
	modules := modulesOf(t, filesIn(t, directory))
	long := strings.Repeat("a", 300)
	cases := []struct {
		call string
		args args
		want string
	}{
		{"files.write", args{"-", "text"}, `files.write: path "-" cannot be written to: print writes to standard output`},
		{"files.write", args{".", "text"}, "files.write: .: "},
		{"files.write", args{"a\x00b", "text"}, "files.write: a\x00b: invalid argument"},
		{"files.write", args{long, "text"}, "files.write: " + long + ": file name too long"},
		{"files.append", args{".", "text"}, "files.append: .: is a directory"},
		{"files.append", args{"../x", "text"}, "files.append: ../x: path escapes from parent"},
		{"files.append", args{"-", "text"}, `files.append: path "-" cannot be written to`},
		{"files.mkdir", args{"../x"}, "files.mkdir: ../x: path escapes from parent"},
		{"files.lines", args{"missing"}, "files.lines: missing: no such file or directory"},
		{"csv.rows", args{"missing"}, "csv.rows: missing: no such file or directory"},
		{"csv.rows", args{"../x"}, "csv.rows: ../x: path escapes from parent"},
		{"csv.writer", args{"."}, "csv.writer: .: is a directory"},
		{"csv.writer", args{"../x/y"}, "csv.writer: ../x/y: path escapes from parent"},
		{"csv.writer", args{"x", args{int64(1)}}, "csv.writer: columns[0] takes a string, not the number 1"},
		{"files.read", args{"x\x00y"}, "files.read: x\x00y: invalid argument"},
		{"files.read", args{"."}, "files.read: .: is a directory"},
		{"files.exists", args{"../x"}, "files.exists: ../x: path escapes from parent"},
	}
	for _, c := range cases {
		_, err := find(t, modules, c.call).Call(t.Context(), c.args)
		if err == nil || runtime.GOOS != "windows" && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %s", c.call, c.args, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), ".crisphost-") {
			t.Errorf("%s %q shows the temporary file: %v", c.call, c.args, err)
		}
	}
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
