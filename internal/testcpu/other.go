//go:build !unix

package testcpu

import (
	"testing"
	"time"
)

// Used skips the benchmark: this system is not asked.
func Used(b testing.TB) time.Duration {
	b.Helper()
	b.Skip("processor time is measured on Unix only")
	return 0
}
