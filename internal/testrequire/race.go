//go:build race

package testrequire

// RaceDetector reports whether the race detector watches, which takes several times the time and memory.
const RaceDetector = true
