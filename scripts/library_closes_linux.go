package scripts

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// closes follows which files writers have closed. The notifier does not tell of that.
type closes struct {
	file *os.File
	// told receives when a writer has closed a file.
	told chan struct{}
	done chan struct{}

	mu   sync.Mutex
	dirs map[int]string // by watch
	// complete has the files that were written since they were followed, and whether their writers have closed them.
	complete map[string]bool
}

// openCloses returns nil where the system cannot tell.
func openCloses() *closes {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	c := &closes{
		file: os.NewFile(uintptr(fd), "inotify"), told: make(chan struct{}, 1), done: make(chan struct{}),
		dirs: map[int]string{}, complete: map[string]bool{},
	}
	go c.follow()
	return c
}

// watch follows the files of a directory. One that is followed already, or was replaced, is no matter.
func (c *closes) watch(dir string) {
	if c == nil {
		return
	}
	raw, err := c.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// It takes the lock before an event of the watch can be read.
		c.mu.Lock()
		defer c.mu.Unlock()
		const written, gone = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO, unix.IN_DELETE | unix.IN_MOVED_FROM
		const events = written | gone | unix.IN_ONLYDIR
		if watch, err := unix.InotifyAddWatch(int(fd), dir, events); err == nil {
			c.dirs[watch] = dir
		}
	})
}

// isComplete reports whether the last writer of a file has closed it. It is not known of files that were not written since.
func (c *closes) isComplete(path string) (complete, known bool) {
	if c == nil {
		return false, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	complete, known = c.complete[path]
	return complete, known
}

func (c *closes) follow() {
	defer close(c.done)
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.file.Read(buffer)
		if err != nil {
			return
		}
		c.take(buffer[:n])
	}
}

// take reads events.
func (c *closes) take(events []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(events) >= unix.SizeofInotifyEvent {
		event := (*unix.InotifyEvent)(unsafe.Pointer(&events[0])) //nolint:gosec // the kernel aligns events
		size := unix.SizeofInotifyEvent + int(event.Len)
		if size > len(events) {
			return
		}
		name, _, _ := bytes.Cut(events[unix.SizeofInotifyEvent:size], []byte{0})
		events = events[size:]
		dir, known := c.dirs[int(event.Wd)]
		switch {
		case event.Mask&unix.IN_Q_OVERFLOW != 0:
			clear(c.complete) // what was lost is not known
		case event.Mask&unix.IN_IGNORED != 0:
			delete(c.dirs, int(event.Wd))
		case known && event.Mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
			delete(c.complete, filepath.Join(dir, string(name)))
		case known:
			complete := event.Mask&(unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO) != 0
			c.complete[filepath.Join(dir, string(name))] = complete
			if complete {
				select {
				case c.told <- struct{}{}:
				default:
				}
			}
		}
	}
}

// events receives when a writer has closed a file.
func (c *closes) events() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.told
}

func (c *closes) close() {
	if c != nil {
		_ = c.file.Close()
		<-c.done
	}
}
