//go:build !unix

package regular

import "os"

const flags = os.O_RDONLY

func open(name string) (*os.File, error) { return os.Open(name) }
