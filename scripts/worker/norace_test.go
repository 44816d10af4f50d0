//go:build unix && !race

package worker_test

const raceDetector = false
