package scripts

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// leaseFile reports whether nobody has a file open for writing, and keeps writers waiting until release is called. The kernel
// grants a read lease only then. Where it grants none at all (other people's files, some file systems) that is not known.
func leaseFile(f *os.File) (free, known bool, release func()) {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if err != nil {
		return false, errors.Is(err, unix.EAGAIN), func() {}
	}
	return true, true, func() { _, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK) }
}

// owner is what decides whether the kernel grants leases on a file.
type owner struct {
	device uint64
	user   uint32
}

func ownerOf(info os.FileInfo) owner {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return owner{uint64(s.Dev), s.Uid} //nolint:unconvert // its type depends on the architecture
	}
	return owner{}
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
