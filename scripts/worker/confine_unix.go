//go:build unix && !linux

package worker

// confine does nothing: only Linux can.
func (p *Pool) confine() (c confinement) {
	c.miss("only Linux confines workers")
	return c
}

// yield does nothing: threads have no priority of their own here.
func yield() {}
