package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// envCredentials is where systemd puts the credentials of a service.
const envCredentials = "CREDENTIALS_DIRECTORY"

// readKeyFile reads a key from a file. Like ssh, it refuses one that others can read.
func readKeyFile(env env, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&modesOfOthers(env, path) != 0 {
		return "", &usageError{problem: fmt.Sprintf("the key in %s can be read by others (mode %04o)", path, info.Mode().Perm()), hint: "chmod 600 " + path}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// modesOfOthers are the permissions by which a file is open to others. Some platforms keep them away by other means than modes.
func modesOfOthers(env env, path string) fs.FileMode {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	below := func(dir string) bool {
		rest, err := filepath.Rel(dir, path)
		return err == nil && filepath.IsLocal(rest)
	}
	switch {
	case below("/run/secrets"), below("/var/run/secrets"):
		return 0 // a container's, whose user need not be the one who owns the file
	case filepath.IsAbs(env.get(envCredentials)) && below(env.get(envCredentials)):
		return 0o037 // systemd lets the service read by an access list, which shows as the group's permission
	}
	return 0o077
}
