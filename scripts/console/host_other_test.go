//go:build !unix

package console_test

// workerMain is of hosts, which there are none of here.
func workerMain() int { return 1 }
