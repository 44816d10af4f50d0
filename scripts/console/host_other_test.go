//go:build !unix

package console_test

// beWorker is for processes that hosts start, which there are none of here.
func beWorker() {}
