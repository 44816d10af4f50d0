package guest

import "golang.org/x/sys/unix"

// keepToItself has no other process of the user look into this one.
func keepToItself() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
