//go:build unix

package worker

import (
	"os"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/guest"
)

// MainIf turns the process into a worker if a Pool has started it as one, and returns at once otherwise. It belongs at the top of
// main: a pool starts its own program again, and what main does before it happens in every worker too.
//
//	func main() {
//		worker.MainIf(newEngine)
//		...
//	}
//
// MakeEngine makes the engine that runs the programs, with the modules that they may use. Own modules run in the worker: what they
// need, such as a connection to a database, is opened there, and their permissions are checked there. A worker does not return
// from MainIf; it ends with its host.
func MainIf(makeEngine func() (*engine.Engine, error)) {
	if !IsWorker() {
		return
	}
	os.Exit(guest.Serve(makeEngine))
}
