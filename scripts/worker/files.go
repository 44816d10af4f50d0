//go:build unix

package worker

import (
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/crisphost/crisphost/internal/sizetext"
)

const (
	// filesSoon is when the directory of a run's files is looked at first, filesEvery how often then, and filesShare bounds the part of the
	// time that this takes.
	filesSoon  = 100 * time.Millisecond
	filesEvery = 500 * time.Millisecond
	filesShare = 50
	// fileCost is what a file counts for besides its content: many empty ones fill a disk too.
	fileCost = 4 << 10
)

// filesUse is the size of what is below a directory, counted up to somewhat more than most.
func filesUse(dir string, most int64) (bytes int64) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error { // what cannot be read counts for nothing
		if err != nil || path == dir {
			return nil //nolint:nilerr // see above
		}
		bytes += fileCost
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		if bytes > most {
			return fs.SkipAll
		}
		return nil
	})
	return bytes
}

// filesKeeper knows what the directories of scripts hold.
type filesKeeper struct {
	limit int64

	mu   sync.Mutex
	used map[string]*filesUsed
}

// filesUsed is what the directory of a script held when it was last looked at.
type filesUsed struct {
	bytes     int64
	measuring bool
	next      time.Time
}

// of returns what a directory held, and measures one that is not known or was full: somebody may have made room.
func (k *filesKeeper) of(dir string) int64 {
	k.mu.Lock()
	u := k.used[dir]
	if u != nil && (u.bytes <= k.limit || time.Now().Before(u.next)) {
		defer k.mu.Unlock()
		return u.bytes
	}
	k.mu.Unlock()
	return k.measure(dir)
}

func (k *filesKeeper) measure(dir string) int64 {
	began := time.Now()
	bytes := filesUse(dir, k.limit)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.used[dir] = &filesUsed{bytes: bytes, next: time.Now().Add(filesShare * time.Since(began))}
	return bytes
}

// measureLater measures a directory behind a run, unless that was done a moment ago or is being done.
func (k *filesKeeper) measureLater(dir string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.used[dir]
	if u != nil && u.measuring {
		return
	}
	if u == nil {
		u = &filesUsed{}
		k.used[dir] = u
	}
	u.measuring = true
	time.AfterFunc(time.Until(u.next), func() { k.measure(dir) })
}

// filesFull is the error of a script whose files take more than they may.
func (k *filesKeeper) full() *Error {
	return &Error{
		Kind:    KindRuntime,
		Message: "the files of this script take more than the " + sizetext.Format(k.limit) + " that they may",
		Hint:    "delete those that are not needed in the state directory of the host; the operator's setting is files_size",
	}
}

// watchFiles reports on the returned channel that the files of the run have come to take more than they may.
func (r *run) watchFiles(done <-chan struct{}) <-chan *Error {
	k, dir := &r.pool.files, r.message.Files
	if k.limit <= 0 || dir == "" || r.message.FilesFull != "" {
		return nil
	}
	full := make(chan *Error, 1)
	go func() {
		for pause := filesSoon; ; {
			timer := time.NewTimer(pause)
			select {
			case <-done:
				timer.Stop()
				k.measureLater(dir)
				return
			case <-timer.C:
			}
			began := time.Now()
			if k.measure(dir) > k.limit {
				full <- k.full()
				return
			}
			pause = max(filesEvery, filesShare*time.Since(began))
		}
	}()
	return full
}
