//go:build unix

package source

import (
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/worker"
)

// CompileApart has the scripts of a library compiled in worker processes, which are no more after stop. Without it a hostile script
// ends the process.
func CompileApart(options *scripts.LibraryOptions) (stop func() error, err error) {
	pool, err := worker.NewCompiler(worker.Options{}, scripts.CompilePlaces(options.Limit))
	if err != nil {
		return nil, err
	}
	options.Compile = pool.Compile
	return pool.Close, nil
}
