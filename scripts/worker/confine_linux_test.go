package worker_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker"
)

// probe is a module that does what native code in a worker could do.
var probe = engine.NewModule("probe").
	Func("read", func(path string) string { return verdict(readSome(path)) }).
	Func("write", func(path string) string { return verdict(os.WriteFile(path, []byte("x"), 0o600)) }).
	Func("signal", func(pid int) string { return verdict(syscall.Kill(pid, 0)) }).
	Func("status", func() (string, error) {
		nnp, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var has [2]unix.CapUserData
		return fmt.Sprint(nnp, " ", has == [2]unix.CapUserData{}), errors.Join(err, unix.Capget(&header, &has[0]))
	}).
	Func("priority", func() (int, error) { return unix.Getpriority(unix.PRIO_PROCESS, 0) }).
	Func("limit", func() (uint64, error) {
		var now unix.Rlimit
		err := unix.Getrlimit(unix.RLIMIT_DATA, &now)
		return now.Cur, err
	})

func readSome(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Read(make([]byte, 1))
	return err
}

func verdict(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, fs.ErrPermission):
		return "no"
	}
	return err.Error()
}

// landlock reports whether the kernel has it.
func landlock() bool {
	_, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	return errno == 0
}

func TestWorkersAreConfined(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	files := t.TempDir()
	p := newPool(t, worker.Options{Files: files, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	environ := fmt.Sprintf("/proc/%d/environ", os.Getpid())
	code := fmt.Sprintf(`const is = async (f, x) => console.log(await f(x))
		console.log(await probe.status())
		console.log((await probe.limit()) < 2 ** 40)
		for (const path of [%q, %q, "/etc/passwd", "/usr/bin", "/dev/null"]) console.log((await probe.read(path)))
		for (const path of [%q, "/usr/x", %q]) console.log(await probe.write(path))
		console.log(await probe.signal(%d))
		await files.write("a.txt", "a"); console.log(await files.read("a.txt"))`,
		secret, environ, secret, filepath.Join(files, "confined", "b.txt"), os.Getpid())
	o, r := run(t, p, job(t, "confined.js", code))
	if o.Error != nil {
		t.Fatalf("%+v", o.Error)
	}
	want := "1 true\ntrue\nno\nno\nno\nread /usr/bin: is a directory\nEOF\nno\nno\nyes\nno\na\n"
	if !landlock() {
		t.Log("this kernel has no Landlock")
		want = "1 true\ntrue\n"
	}
	if got := r.text(); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if text := log.String(); landlock() && !strings.Contains(text, "workers are confined") {
		t.Error(text)
	}
}

func TestUnconfinedWorkersReachFiles(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(secret, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPool(t, worker.Options{Unconfined: true})
	expect(t, p, job(t, "open.js", fmt.Sprintf("console.log(await probe.read(%q))", secret)), "yes\n")
}

// ownModules are those of the tests.
func ownModules() engine.Option { return engine.WithModules(probe) }

func TestWorkersYieldToTheHost(t *testing.T) {
	own, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, newPool(t, worker.Options{}), job(t, "nice.js", "console.log(await probe.priority())"), fmt.Sprintln(max(own-5, 1)))
}
