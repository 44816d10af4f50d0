//go:build !unix

package source

import "github.com/crisphost/crisphost/scripts"

// CompileApart leaves the scripts to be compiled in this process: there are no workers.
func CompileApart(*scripts.LibraryOptions) (stop func() error, err error) {
	return func() error { return nil }, nil
}
