//go:build unix

// Package testcpu measures processor time for benchmarks, whose wall time includes waiting.
package testcpu

import (
	"syscall"
	"testing"
	"time"
)

// Used is the processor time that this process has used so far.
func Used(b testing.TB) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
