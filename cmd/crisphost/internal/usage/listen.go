package usage

import (
	"errors"
	"fmt"
	"net"
)

// Listen explains why an address cannot be listened on.
func Listen(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return &Error{Problem: fmt.Sprintf("cannot listen on %s: %v", addr, op.Err), Hint: "choose another address with --addr; port 0 is any free one", Err: err}
	}
	return err
}
