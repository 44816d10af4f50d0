package scripts

import (
	"bytes"
	"time"
)

const (
	// settleTime is how long a file must stay as it is when nobody can tell whether it is being written.
	settleTime = 2 * time.Second
	// openTime is how long a writer may keep a file open, and leave it as it is, before the file is read all the same.
	openTime = time.Minute
)

// distrust notes whose files the system does not tell about, and follows from then on which files are closed.
func (ld *loader) distrust(owners []owner) {
	for _, o := range owners {
		if ld.unleased[o] {
			continue
		}
		if ld.unleased[o] = true; len(ld.unleased) > 1 {
			continue
		}
		ld.closes = openCloses()
		how := "are read when their writers have closed them"
		if ld.closes == nil {
			how = "are read when they have not changed for " + settleTime.String()
		}
		ld.library.options.Logger.Info("the system does not tell this user whether files are being written: saved files " + how)
	}
}

// unrest is how long a file has to stay as it is before it can be read, or not positive.
func (ld *loader) unrest(path string, s *sighting, now time.Time) time.Duration {
	left := ld.library.options.Debounce - now.Sub(s.since)
	if s.info == nil || !ld.unleased[ownerOf(s.info)] {
		return left
	}
	complete, known := ld.closes.isComplete(path)
	switch since := s.since; {
	case complete:
		return left
	case known:
		return openTime - now.Sub(since)
	default:
		if since.IsZero() {
			since = s.info.ModTime()
		}
		if since.After(now) { // a clock is wrong
			return left
		}
		return max(left, settleTime-now.Sub(since))
	}
}

// lostPart reports whether a build looks like a part of the version that a script has: what writers make that open a file again for each
// piece of it. A part may do more than the whole, whose header says less is allowed.
func (s *Script) lostPart(b *build) bool {
	before, now := s.Files[s.Entry], b.files[b.entry]
	lostPermissions := len(s.Header.Permissions) > 0 && len(b.header.Permissions) == 0
	return lostPermissions || len(now) < len(before) && bytes.HasPrefix(before, bytes.TrimRight(now, " \t\r\n"))
}
