package main

import (
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/scripts/state"
)

// stateDir is where data is kept that commands make and people do not edit.
func (a *app) stateDir() (string, error) {
	if dir := a.getenv("CRISPHOST_STATE_DIR"); dir != "" {
		return dir, nil
	}
	if dir := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "crisphost"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &usageError{problem: "no state directory: " + err.Error(), hint: "set CRISPHOST_STATE_DIR"}
	}
	return filepath.Join(home, ".local", "state", "crisphost"), nil
}

// localStore keeps the values of scripts that people start by hand, apart from those of a host.
func (a *app) localStore() *state.Lazy {
	return state.OpenLater(func() (string, error) {
		dir, err := a.stateDir()
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		return "sqlite:" + filepath.Join(dir, "local.db"), err
	})
}

// The stores of code that is in no file.
const (
	stdinStore = "stdin"
	evalStore  = "eval"
	replStore  = "repl"
)

// storeOf names the store of a script by its place: files of one name in two directories are two scripts.
func storeOf(file string) string {
	if file == "-" {
		return stdinStore
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}
