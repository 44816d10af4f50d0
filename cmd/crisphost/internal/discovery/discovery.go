// Package discovery lets commands find the sandboxes that other processes of the same user serve. Each sandbox has a file in the state
// directory, and a lock beside it that ends with its process, so that the file of a process that was killed is known as left over.
package discovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/internal/filelock"
)

// Sandbox is a sandbox that some process serves.
type Sandbox struct {
	// URL is the base of its API.
	URL string `json:"url"`
	// Command is the command that serves it, such as "serve".
	Command string `json:"command"`
	Process int    `json:"pid"`
	// Started tells which of several is the newest.
	Started time.Time `json:"started"`
}

func directory(env settings.Env) (string, error) {
	dir, err := settings.StateDir(env)
	return filepath.Join(dir, "sandboxes"), err
}

// Announce lets others find a sandbox of this process until withdraw is called, which leaves nothing behind.
func Announce(env settings.Env, url, command string) (withdraw func(), err error) {
	dir, err := directory(env)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	text, err := json.Marshal(Sandbox{URL: url, Command: command, Process: os.Getpid(), Started: started})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%d-%d.json", os.Getpid(), started.UnixNano())
	// Another process may remove the directory, which it has made, as soon as it is made.
	for range 3 {
		if withdraw, err = put(dir, name, text); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox cannot be announced: %w", err)
	}
	return withdraw, nil
}

// put makes a file and what is missing of its directory.
func put(dir, name string, text []byte) (remove func(), err error) {
	made := missing(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	var lock *flock.Flock
	remove = func() {
		_ = os.Remove(path)
		if lock != nil {
			_ = lock.Unlock()
			_ = os.Remove(lock.Path())
		}
		for _, dir := range made {
			_ = os.Remove(dir) // unless it has something in it
		}
	}
	// The lock comes before the file, so that nobody takes the file for one that is left over.
	lock, err = filelock.Try(path)
	if err == nil && lock == nil {
		err = errors.New("its file is locked already")
	}
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}

// missing returns the directories that do not exist, from the inside out.
func missing(dir string) (list []string) {
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return list
		}
		list = append(list, dir)
		dir = filepath.Dir(dir)
	}
}

// Find returns the sandboxes that are served now, the newest first, and removes the files of those that ended without withdrawing.
func Find(env settings.Env) ([]Sandbox, error) {
	dir, err := directory(env)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var found []Sandbox
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if filepath.Ext(path) != ".json" {
			continue
		}
		lock, err := filelock.Try(path)
		if err != nil {
			return nil, err
		}
		if lock != nil {
			_ = os.Remove(path)
			_ = lock.Unlock()
			_ = os.Remove(lock.Path())
			continue
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // it has ended just now
		} else if err != nil {
			return nil, err
		}
		var s Sandbox
		if err := json.Unmarshal(text, &s); err != nil || !strings.HasPrefix(s.URL, "http://") {
			return nil, fmt.Errorf("%s does not describe a sandbox", path)
		}
		found = append(found, s)
	}
	slices.SortFunc(found, func(a, b Sandbox) int { return b.Started.Compare(a.Started) })
	return found, nil
}
