package resources

import (
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/scripts/state"
)

// Store keeps the values of scripts that people start by hand, apart from those of a host.
func Store(env settings.Env) *state.Lazy {
	return state.OpenLater(func() (string, error) {
		dir, err := settings.StateDir(env)
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		return "sqlite:" + filepath.Join(dir, "local.db"), err
	})
}

// The stores of code that is in no file.
const (
	stdinStore = "stdin"
	EvalStore  = "eval"
	ReplStore  = "repl"
)

// StoreOf names the store of a script by its place: files of one name in two directories are two scripts.
func StoreOf(file string) string {
	if file == "-" {
		return stdinStore
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}
