package scripts

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// skip notes what a look has left out, and says once what is new of it and what is over. Scripts that cannot be read stay as they were.
func (w *watcher) skip(found *tree) {
	l := w.library
	for path, why := range found.skipped {
		if why.unreadable {
			w.loader.keep(path, found.files)
		}
		if w.skipped[path] != why {
			l.options.Logger.Warn("part of the script directory is not used", "path", path, "reason", why.reason)
		}
	}
	for path, why := range w.skipped {
		if _, still := found.skipped[path]; !still && why.unreadable {
			l.options.Logger.Info("part of the script directory is read again", "path", path)
		}
	}
	if maps.Equal(w.skipped, found.skipped) {
		return
	}
	w.skipped = found.skipped
	status := l.Status()
	status.Skipped = nil
	for _, path := range slices.Sorted(maps.Keys(found.skipped)) {
		status.Skipped = append(status.Skipped, path+" "+found.skipped[path].reason)
	}
	l.status.Store(&status)
}

// canReadAgain reports whether something has become readable. No event tells of all ways in which that happens.
func (w *watcher) canReadAgain() bool {
	for path, why := range w.skipped {
		if !why.unreadable {
			continue
		}
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			_, err = os.ReadDir(path)
		}
		if err == nil || os.IsNotExist(err) {
			return true
		}
	}
	return false
}

// keep adds the files at or below a path as they were when they could be read.
func (ld *loader) keep(path string, files map[string]os.FileInfo) {
	for known, s := range ld.seen {
		isBelow := known == path || strings.HasPrefix(known, path+string(filepath.Separator))
		if _, ok := files[known]; isBelow && !ok && s.info != nil {
			files[known] = s.info
		}
	}
}
