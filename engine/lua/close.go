package lua

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callers"
)

// Close implements engine.VM. What a run calls, such as a host function, cannot wait for the end of that run: Close returns at once then,
// and the VM is freed when the run has ended.
func (v *vm) Close() error {
	if !v.closed.Swap(true) {
		if host := v.host.Load(); host != nil {
			host.End(engine.ErrClosed)
		}
		v.stopped.Store(true) // last, so that a run that stops knows why
		v.kept.EndAll(engine.ErrClosed)
	}
	switch {
	case v.running.TryLock():
		v.free()
	case runFrames.Around(): // of this VM or another
		go func() {
			v.running.Lock()
			v.free()
		}()
	default:
		v.running.Lock()
		v.free()
	}
	return nil
}

// free frees a VM that is closed. The caller has locked running, which free unlocks.
func (v *vm) free() {
	defer v.running.Unlock()
	if v.freed {
		return
	}
	v.freed = true
	v.kept.EndAll(engine.ErrClosed) // the run may have left one
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sequences.endAll()
	v.invoker.Close()
	v.L.Close()
}

// runFrames are the functions below which everything runs that a run calls, or that is called to free a VM.
var runFrames = callers.Of((*guard).call, generate, (*vm).free)
