package worker

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// workerNice is how much workers yield to the host, whose ticks, database and page must not wait behind scripts that take all processors.
const workerNice = 5

// yield lowers the priority of the thread that starts workers, and so theirs.
func yield() {
	now, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err == nil { // the system call gives 20 less the nice value
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, min(20-now+workerNice, 19))
	}
}

// confine takes from the thread that starts workers what they have no use for. Workers inherit it, from their first instruction on: no
// program that they start gains rights, no capabilities, and only some files. What the system does not have is left out.
func (p *Pool) confine() (c confinement) {
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == nil {
		c.privileges = "no new ones"
	} else {
		c.miss("PR_SET_NO_NEW_PRIVS")
	}
	if err := p.dropCapabilities(); err != nil {
		c.miss(fmt.Sprintf("capabilities stay (%v)", err))
	} else {
		c.capabilities = "none"
	}
	if abi, err := p.restrictFiles(); err != nil {
		c.miss(fmt.Sprintf("Landlock (%v)", err))
	} else {
		c.landlock = abi
	}
	return c
}

// dropCapabilities drops those of the thread for good, unless workers could not reach their files then: those of another user, say.
func (p *Pool) dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has, none [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return err
	}
	if has == none {
		return nil
	}
	idle := has
	idle[0].Effective, idle[1].Effective = 0, 0
	if err := unix.Capset(&header, &idle[0]); err != nil {
		return err
	}
	err := p.reachesFiles()
	if restored := unix.Capset(&header, &has[0]); restored != nil || err != nil {
		return errors.Join(err, restored)
	}
	for number := uintptr(0); unix.Prctl(unix.PR_CAPBSET_READ, number, 0, 0, 0) == nil; number++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, number, 0, 0, 0); err != nil && os.Geteuid() == 0 {
			return err // a program that root starts would get it back
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return unix.Capset(&header, &none[0])
}

// reachesFiles fails when the directories of workers cannot be used.
func (p *Pool) reachesFiles() error {
	for dir, mode := range map[string]uint32{p.bundles.dir: unix.R_OK | unix.X_OK, p.options.Files: unix.R_OK | unix.W_OK | unix.X_OK} {
		if dir == "" {
			continue
		}
		if err := unix.Faccessat(unix.AT_FDCWD, dir, mode, unix.AT_EACCESS); err != nil {
			return fmt.Errorf("they are needed for %s: %w", dir, err)
		}
	}
	return nil
}

// What Landlock allows below a path. The bits that a kernel does not know are left out.
const (
	mayRead  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	mayRun   = mayRead | unix.LANDLOCK_ACCESS_FS_EXECUTE
	mayWrite = mayRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REFER
	// onFiles are those that a rule for a file can have.
	onFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// The paths of the system that programs and their network, time zones and certificates need.
var (
	systemPrograms = []string{"/usr", "/bin", "/lib", "/lib64", "/nix/store", "/gnu/store"}
	systemFiles    = []string{
		"/etc/ld.so.cache", "/etc/resolv.conf", "/run/systemd/resolve", "/run/resolvconf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf",
		"/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/zoneinfo", "/etc/mime.types", "/etc/ssl", "/etc/pki",
		"/etc/ca-certificates", "/dev/urandom", "/dev/random", "/sys/kernel/mm", "/sys/devices/system/cpu",
	}
)

// restrictFiles lets the thread reach only those files that workers need, and returns the version of Landlock that sees to it.
func (p *Pool) restrictFiles() (abi int, err error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	abi = int(version)
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handledBy(abi)}
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if abi >= 6 { // it knows scopes
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
		size = unsafe.Offsetof(attr.Scoped) + unsafe.Sizeof(attr.Scoped)
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return 0, errno
	}
	rules := int(fd)
	defer unix.Close(rules)
	for _, group := range []struct {
		access   uint64
		required bool
		paths    []string
	}{
		{mayRun, true, []string{p.executable}},
		{mayRead, true, []string{p.bundles.dir}},
		{mayWrite, true, []string{p.options.Files}},
		{mayRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE, true, []string{os.DevNull}},
		{mayRun, false, systemPrograms},
		{mayRead, false, append(systemFiles, os.Getenv("SSL_CERT_FILE"), os.Getenv("SSL_CERT_DIR"))},
	} {
		for _, path := range group.paths {
			if path == "" {
				continue
			}
			if err := allow(rules, path, group.access&attr.Handled_access_fs); err != nil && group.required {
				return 0, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), 0, 0); errno != 0 {
		return 0, errno
	}
	return abi, nil
}

// handledBy are the kinds of access that a version of Landlock forbids where no rule allows them.
func handledBy(abi int) uint64 {
	handled := uint64(unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1)
	if abi >= 2 {
		handled |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		handled |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 5 {
		handled |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	return handled
}

// allow adds a rule for what is at or below a path.
func allow(rules int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= onFiles
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
