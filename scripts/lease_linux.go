package scripts

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// leaseFile reports whether nobody has a file open for writing, and keeps writers waiting until release is called. The kernel
// grants a read lease only then. Where it grants none at all (other people's files, some file systems) the answer is yes.
func leaseFile(f *os.File) (free bool, release func()) {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if errors.Is(err, unix.EAGAIN) {
		return false, func() {}
	}
	if err != nil {
		return true, func() {}
	}
	return true, func() { _, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK) }
}

// networkFileSystem names the kind of a file system that other machines or processes change without the kernel's knowing, or is
// empty.
func networkFileSystem(dir string) string {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return ""
	}
	switch uint32(s.Type) { //nolint:gosec // magic numbers are 32 bits wide
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB"
	case unix.FUSE_SUPER_MAGIC:
		return "FUSE"
	case unix.V9FS_MAGIC:
		return "9P"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case unix.AFS_FS_MAGIC, unix.AFS_SUPER_MAGIC:
		return "AFS"
	}
	return ""
}
