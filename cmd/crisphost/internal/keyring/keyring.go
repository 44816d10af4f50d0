// Package keyring keeps the keys of profiles in the desktop's keyring.
package keyring

import (
	"errors"
	"time"

	"github.com/zalando/go-keyring"
)

// Store keeps the keys of profiles.
type Store interface {
	Set(profile, key string) error
	// Get returns errNoSecret when the store works and has no key of this profile.
	Get(profile string) (string, error)
	Delete(profile string) error
}

// ErrNotFound is returned for a profile that has no key.
var ErrNotFound = errors.New("no key is stored")

// System is the keyring of the desktop: Secret Service, Keychain or Credential Manager.
type System struct{}

const keyringService = "crisphost"

// keyringPatience is how long a keyring may take. It can wait for a person to unlock it, and on a machine without a desktop
// for nobody.
const keyringPatience = 30 * time.Second

// Set stores the key of a profile.
func (System) Set(profile, key string) error {
	_, err := patiently(func() (string, error) { return "", keyring.Set(keyringService, profile, key) })
	return err
}

// Get returns the key of a profile.
func (System) Get(profile string) (string, error) {
	key, err := patiently(func() (string, error) { return keyring.Get(keyringService, profile) })
	if errors.Is(err, keyring.ErrNotFound) {
		err = ErrNotFound
	}
	return key, err
}

// Delete removes the key of a profile.
func (System) Delete(profile string) error {
	_, err := patiently(func() (string, error) { return "", keyring.Delete(keyringService, profile) })
	if errors.Is(err, keyring.ErrNotFound) {
		err = ErrNotFound
	}
	return err
}

func patiently(f func() (string, error)) (string, error) {
	type result struct {
		key string
		err error
	}
	done := make(chan result, 1)
	go func() {
		key, err := f()
		done <- result{key, err}
	}()
	select {
	case got := <-done:
		return got.key, got.err
	case <-time.After(keyringPatience):
		return "", errors.New("the system keyring does not answer")
	}
}
