package js

import "github.com/crisphost/crisphost/engine/internal/callers"

// Close implements engine.VM. A run in progress is stopped first. What a run calls, such as a host function, cannot wait for the end
// of that run: Close returns at once then, and the VM is freed when the run has ended.
func (v *vm) Close() error {
	v.mu.Lock()
	waits := v.running || v.closed || v.alive.Load() > 0 // looking at the stack takes as long as a small script
	v.closed = true
	if v.cancel != nil {
		v.cancel(errClosed)
	}
	v.mu.Unlock()
	v.kept.EndAll(errClosed)
	if waits && runFrames.Around() { // of this VM or another
		go v.free()
	} else {
		v.free()
	}
	return nil
}

// runFrames are the functions below which everything runs that a run calls, or that is called to free a VM.
var runFrames = callers.Of((*vm).enter, (*vm).runProgram, (*session).Eval, (*operation).performed, (*sequence).produce, (*vm).free)

// free waits for what runs in a VM that is closed, and frees it.
func (v *vm) free() {
	v.freed.Do(func() {
		v.mu.Lock()
		for v.running {
			v.ended.Wait()
		}
		v.mu.Unlock()
		v.kept.EndAll(errClosed) // the run may have left one
		v.calls.Wait()
		v.invoker.Close()
	})
}
