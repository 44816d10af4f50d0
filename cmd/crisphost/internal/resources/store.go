package resources

import (
	"log/slog"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/scripts/state"
)

// Store keeps the values of scripts that people start by hand, apart from those of a host. What a script has done belongs to the website
// that it did it on, so each scope (see connect.Connection.Scope) has a file of its own. The logger is told which at the first use.
func Store(env settings.Env, scope string, logger *slog.Logger) *state.Lazy {
	return state.OpenLater(func() (string, error) {
		dir, err := settings.StateDir(env)
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		file := filepath.Join(dir, "local-"+scope+".db")
		if err == nil {
			old := filepath.Join(dir, "local.db")
			if _, fresh := os.Stat(file); fresh != nil && exists(old) {
				logger.Warn("the store of this website is new: values of earlier versions stay in the file of all websites", "file", file, "earlier", old)
			}
			logger.Debug("the values of store are those of "+scope, "file", file)
		}
		return "sqlite:" + file, err
	})
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
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
