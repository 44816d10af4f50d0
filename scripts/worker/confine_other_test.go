//go:build unix && !linux

package worker_test

import "github.com/crisphost/crisphost/engine"

// ownModules are those of the tests.
func ownModules() engine.Option { return engine.WithModules() }
