package main

import (
	"os"
	"path/filepath"
)

// configDir is where the configuration is kept.
func configDir(env env) (string, error) {
	if dir := env.get("CRISPHOST_CONFIG_DIR"); dir != "" {
		return dir, nil
	}
	if dir := env.get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "crisphost"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", &usageError{problem: "no configuration directory: " + err.Error(), hint: "set CRISPHOST_CONFIG_DIR"}
	}
	return filepath.Join(dir, "crisphost"), nil
}

// stateDir is where data is kept that commands make and people do not edit.
func stateDir(env env) (string, error) {
	if dir := env.get("CRISPHOST_STATE_DIR"); dir != "" {
		return dir, nil
	}
	if dir := env.get("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "crisphost"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &usageError{problem: "no state directory: " + err.Error(), hint: "set CRISPHOST_STATE_DIR"}
	}
	return filepath.Join(home, ".local", "state", "crisphost"), nil
}
