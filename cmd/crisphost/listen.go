package main

import (
	"errors"
	"fmt"
	"net"
)

// listenError explains why an address cannot be listened on.
func listenError(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return &usageError{problem: fmt.Sprintf("cannot listen on %s: %v", addr, op.Err), hint: "choose another address with --addr; port 0 is any free one", err: err}
	}
	return err
}
