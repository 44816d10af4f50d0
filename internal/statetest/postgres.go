//go:build unix

package statetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/crisphost/crisphost/internal/testrequire"
)

// Server is a PostgreSQL server on loopback with its data in a temporary directory.
type Server struct {
	bin       string
	directory string
	port      int
	command   *exec.Cmd
	databases int
}

// errMissing tells that the machine has no PostgreSQL that could be started.
var errMissing = errors.New("no PostgreSQL server: install Debian's package postgresql")

// shared is the server of a test process, which Main stops.
var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// Main runs the tests of a package and stops the server that they used.
func Main(m *testing.M) int {
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server != nil {
		if err := shared.server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// Shared is the server that all tests of a process use. The test is skipped when there is no PostgreSQL, unless
// CRISPHOST_TEST_REQUIRE names postgres.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start()
	}
	require(t, shared.err)
	return shared.server
}

// New starts a server for one test, which may stop and start it.
func New(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	require(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func require(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) {
		testrequire.Missing(t, "postgres", err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func start() (*Server, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("", "crisphost-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, directory: directory}
	if err = s.init(); err == nil {
		err = s.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	return s, nil
}

// findPostgres looks where Debian puts the newest version, and in the path.
func findPostgres() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the pattern is sound
	if len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errMissing
	}
	return filepath.Dir(path), nil
}

func (s *Server) init() error {
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		account, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("%w, with its user: %w", errMissing, err)
		}
		uid, _ := strconv.Atoi(account.Uid) // numbers on every system that has uid 0
		gid, _ := strconv.Atoi(account.Gid)
		if err := os.Chown(s.directory, uid, gid); err != nil {
			return err
		}
	}
	out, err := s.tool("initdb", "--no-sync", "--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata="+s.data()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.directory, "data") }

// tool is a command of PostgreSQL, as a user that it accepts.
func (s *Server) tool(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(s.bin, name), args...) //nolint:noctx // it ends with the test
	command.Dir = s.directory
	if os.Getuid() == 0 {
		info, err := os.Stat(s.directory)
		if err == nil {
			owner := info.Sys().(*syscall.Stat_t)
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
		}
	}
	return command
}

// Start starts the server and waits until it answers. The first start chooses a port: what was free may be taken a moment later.
func (s *Server) Start() error {
	if s.port != 0 {
		return s.start()
	}
	var err error
	for range 5 {
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.start(); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // only to learn a free port
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

var errPortTaken = errors.New("the port is taken")

func (s *Server) start() error {
	log, err := os.Create(filepath.Join(s.directory, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.command = s.tool("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.directory, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200")
	s.command.Stdout, s.command.Stderr = log, log
	if err := s.command.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.address("postgres"))
		said, _ := os.ReadFile(log.Name()) // it only explains
		if err == nil && strings.Contains(string(said), "ready to accept connections") {
			return conn.Close(ctx)
		}
		if err == nil { // that may be another's server
			_ = conn.Close(ctx) // nothing was asked of it
		}
		if strings.Contains(string(said), "could not create any TCP/IP sockets") {
			_ = s.command.Wait() // it says the same
			s.command = nil
			return fmt.Errorf("%w: %d", errPortTaken, s.port)
		}
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("PostgreSQL does not start: %w\n%s", err, said), s.Stop())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop shuts the server down at once, with all its connections.
func (s *Server) Stop() error {
	if s.command == nil {
		return nil
	}
	if err := s.command.Process.Signal(os.Interrupt); err != nil { // "fast" shutdown
		return err
	}
	err := s.command.Wait()
	s.command = nil
	return err
}

// Close stops the server and removes its data.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.directory)) }

func (s *Server) address(database string) string {
	return fmt.Sprintf("postgres://test@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Database makes an empty database and returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	shared.mu.Unlock()
	conn, err := pgx.Connect(t.Context(), s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.address(name)
}

// Each runs a test on an empty database of each kind.
func Each(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Shared(t).Database(t)) })
}
