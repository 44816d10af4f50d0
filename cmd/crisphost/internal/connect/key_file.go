package connect

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// envCredentials is where systemd puts the credentials of a service.
const envCredentials = "CREDENTIALS_DIRECTORY"

// ReadKeyFile reads a key from a file. Like ssh, it refuses one that others can read.
func ReadKeyFile(env settings.Env, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", input.Unreadable(path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&modesOfOthers(env, path) != 0 {
		return "", &usage.Error{Problem: fmt.Sprintf("the key in %s can be read by others (mode %04o)", path, info.Mode().Perm()), Hint: "chmod 600 " + path}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", input.Unreadable(path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// modesOfOthers are the permissions by which a file is open to others. Some platforms keep them away by other means than modes.
func modesOfOthers(env settings.Env, path string) fs.FileMode {
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
	case filepath.IsAbs(env.Get(envCredentials)) && below(env.Get(envCredentials)):
		return 0o037 // systemd lets the service read by an access list, which shows as the group's permission
	}
	return 0o077
}
