package lua

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	glua "github.com/yuin/gopher-lua"
)

// The bounds of retry's options, and of its waits.
const (
	defaultRetries    = 4
	defaultRetryDelay = 500 * time.Millisecond
	maxRetryDelay     = time.Hour
	longestBackoff    = 30 * time.Second
)

// retryOptions are the second argument of retry.
type retryOptions struct {
	times int
	delay time.Duration
	// on are the errors that are repeated: numbers, texts and functions. Without any it is those that may pass.
	on []glua.LValue
}

// retry(fn, options) calls fn(attempt) until it succeeds, and returns its results. It waits before each further attempt: what the error
// names, or twice as long as before.
func libRetry(L *glua.LState) int {
	v := vmOf(L)
	checkCallable(L, 1)
	fn, options := L.Get(1), readRetryOptions(L)
	wait := options.delay
	for attempt := 1; ; attempt++ {
		base := L.GetTop()
		L.Push(stack.PCallFunction)
		L.Push(fn)
		L.Push(glua.LNumber(attempt))
		L.Call(2, glua.MultRet)
		v.stopIfHalted(L)
		if L.Get(base+1) == glua.LTrue {
			return L.GetTop() - base - 1
		}
		failed := L.Get(base + 2)
		L.SetTop(base)
		if attempt >= options.times || !options.repeats(L, failed, attempt) {
			L.Error(failed, 0)
		}
		pause := wait/2 + rand.N(wait/2+1)
		if named, ok := errorField(L, failed, "retry_after").(glua.LNumber); ok && named > 0 {
			pause = min(time.Duration(float64(named)*float64(time.Millisecond)), maxRetryDelay)
		}
		v.sleep(L, pause)
		wait = min(2*wait, max(options.delay, longestBackoff))
	}
}

// sleep gives the VM away for a time, or until the run stops.
func (v *vm) sleep(L *glua.LState, d time.Duration) {
	ctx := v.context()
	v.unlocked(L, func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	})
	v.stopIfHalted(L)
}

func readRetryOptions(L *glua.LState) retryOptions {
	o := retryOptions{times: defaultRetries, delay: defaultRetryDelay}
	if L.Get(2) == glua.LNil {
		return o
	}
	t, ok := L.Get(2).(*glua.LTable)
	if !ok {
		L.ArgError(2, "a table of options expected, got "+stack.TypeName(L.Get(2)))
		return o
	}
	t.ForEach(func(key, value glua.LValue) {
		number, isNumber := value.(glua.LNumber)
		switch key.String() {
		case "times":
			if !isNumber || number < 1 || number != glua.LNumber(int(number)) {
				L.ArgError(2, "times must be a whole number from 1")
			}
			o.times = int(number)
		case "delay":
			if !isNumber || !(number >= 0 && number <= glua.LNumber(maxRetryDelay.Milliseconds())) {
				L.ArgError(2, "delay must be a number of milliseconds from 0 to an hour")
			}
			o.delay = time.Duration(float64(number) * float64(time.Millisecond))
		case "on":
			o.on = []glua.LValue{value}
			if list, ok := value.(*glua.LTable); ok {
				o.on = nil
				list.ForEach(func(_, kind glua.LValue) { o.on = append(o.on, kind) })
			}
			for _, kind := range o.on {
				if !slices.Contains([]glua.LValueType{glua.LTNumber, glua.LTString, glua.LTFunction}, kind.Type()) {
					L.ArgError(2, "on takes a status, a reason, a function, or a list of these")
				}
			}
			if o.on == nil {
				o.on = []glua.LValue{} // an empty list repeats nothing
			}
		default:
			L.ArgError(2, fmt.Sprintf("there is no option %q: the options are times, on and delay", key.String()))
		}
	})
	return o
}

// repeats reports whether another attempt is made after an error.
func (o *retryOptions) repeats(L *glua.LState, failed glua.LValue, attempt int) bool {
	status, reason := errorField(L, failed, "status"), errorField(L, failed, "reason")
	if o.on == nil {
		n, _ := status.(glua.LNumber)
		return n == 420 || n == 423 || n == 429 || n >= 500 || reason == glua.LString("timeout") || reason == glua.LString("no_response")
	}
	for _, kind := range o.on {
		fn, ok := kind.(*glua.LFunction)
		if !ok {
			if kind == status || kind == reason {
				return true
			}
			continue
		}
		if glua.LVAsBool(apply(L, fn, failed, attempt)) {
			return true
		}
	}
	return false
}

// errorField is a field of an error that is a table, or nil.
func errorField(L *glua.LState, failed glua.LValue, name string) glua.LValue {
	if t, ok := failed.(*glua.LTable); ok {
		return L.GetField(t, name)
	}
	return glua.LNil
}
