// Package testwait has tests wait for what other goroutines and processes do.
package testwait

import (
	"testing"
	"time"
)

// limit is long enough for a busy machine. It only bounds how long a test takes that fails.
const limit = 3 * time.Minute

// Until waits until a condition holds, which it asks for every few milliseconds, and ends the test when that takes minutes.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for this: %s", limit, what)
		}
	}
}
