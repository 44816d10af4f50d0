package settings

import (
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// ConfigDir is where the configuration is kept.
func ConfigDir(env Env) (string, error) {
	if dir := env.Get("CRISPHOST_CONFIG_DIR"); dir != "" {
		return dir, nil
	}
	if dir := env.Get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "crisphost"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", &usage.Error{Problem: "no configuration directory: " + err.Error(), Hint: "set CRISPHOST_CONFIG_DIR"}
	}
	return filepath.Join(dir, "crisphost"), nil
}

// StateDir is where data is kept that commands make and people do not edit.
func StateDir(env Env) (string, error) {
	if dir := env.Get("CRISPHOST_STATE_DIR"); dir != "" {
		return dir, nil
	}
	if dir := env.Get("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "crisphost"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &usage.Error{Problem: "no state directory: " + err.Error(), Hint: "set CRISPHOST_STATE_DIR"}
	}
	return filepath.Join(home, ".local", "state", "crisphost"), nil
}
