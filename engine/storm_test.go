package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/engine"
)

// stormPrograms compute 10 * n + 7 in work(n), with host calls side by side, a sequence that is left early, a failure that is caught, a loop,
// and in JavaScript a timer that is left behind.
var stormPrograms = map[engine.Language]struct{ work, export, run string }{
	engine.Lua: {`
		local function work(n)
			local sum, spun = 0, 0
			for item in host.count(n % 5 + 3) do
				sum = sum + item
				if item == 3 then break end
			end
			while spun < n % 7 * 1000 do spun = spun + 1 end
			local a, b = parallel(function() return host.echo(n) end, function() return host.echo(2 * n) end)
			for _, x in ipairs(map({1, 2, 3}, function(x) return host.echo(x * n) end, 2)) do sum = sum + x end
			local ok, problem = pcall(host.fail)
			if ok or not tostring(problem):find("refused") then error("not refused: " .. tostring(problem)) end
			return sum + a + b + host.add(n, 1)
		end
		`, `return {work = work}`, `return work(input)`},
	engine.JavaScript: {`
		async function work(n) {
			let sum = 0, spun = 0
			for await (const item of host.count(n % 5 + 3)) {
				sum += item
				if (item === 3) break
			}
			while (spun < n % 7 * 1000) spun++
			const [a, b] = await Promise.all([host.echo(n), host.echo(2 * n)])
			for (const x of await Promise.all([1, 2, 3].map(x => host.echo(x * n)))) sum += x
			let problem = "nothing"
			try { await host.fail() } catch (e) { problem = String(e) }
			if (!problem.includes("refused")) throw new Error("not refused: " + problem)
			setTimeout(() => {}, 1)
			return sum + a + b + host.add(n, 1)
		}
		`, `export { work }`, `export default await work(input)`},
}

// stormHost counts what scripts have begun and not ended.
type stormHost struct{ calls, sequences, total atomic.Int64 }

func (h *stormHost) module() *engine.Module {
	number := func(x any) int64 { n, _ := x.(int64); return n }
	return &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "echo", Call: func(ctx context.Context, args []any) (any, error) {
			h.total.Add(1)
			h.calls.Add(1)
			defer h.calls.Add(-1)
			if number(args[0])%2 == 0 {
				return args[0], nil // without waiting
			}
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(time.Duration(number(args[0])%8) * 50 * time.Microsecond):
				return args[0], nil
			}
		}},
		{Name: "add", Sync: true, Call: func(_ context.Context, args []any) (any, error) { return number(args[0]) + number(args[1]), nil }},
		{Name: "fail", Call: func(context.Context, []any) (any, error) { return nil, errors.New("refused") }},
		{Name: "count", Sync: true, Call: func(ctx context.Context, args []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) {
				h.sequences.Add(1)
				defer h.sequences.Add(-1)
				for i := range number(args[0]) {
					if ctx.Err() != nil {
						yield(nil, context.Cause(ctx))
						return
					}
					if !yield(i+1, nil) {
						return
					}
				}
			}), nil
		}},
	}}
}

// errStorm is why the storm cancels a context.
var errStorm = errors.New("the storm takes it")

// storm is many runs of one language at the same time.
type storm struct {
	eng             *engine.Engine
	export, run     engine.Program
	pool            *engine.Pool
	shared          atomic.Pointer[engine.Instance]
	begun           atomic.Int64
	done, stopped   atomic.Int64 // how runs have ended
	closed, refused atomic.Int64
}

// sailor is a goroutine in a storm, with an instance of its own that it replaces when a call has ended it.
type sailor struct {
	*storm
	random *rand.Rand
	own    *engine.Instance
}

// context is one of a run: without an end, one that ends while it runs or has ended before.
func (s *sailor) context(parent context.Context) (context.Context, func()) {
	after := time.Duration(s.random.IntN(4000)) * time.Microsecond
	switch s.random.IntN(8) {
	case 0, 1:
		return context.WithTimeout(parent, after)
	case 2, 3:
		ctx, cancel := context.WithCancelCause(parent)
		timer := time.AfterFunc(after, func() { cancel(errStorm) })
		return ctx, func() { timer.Stop(); cancel(nil) }
	case 4:
		ctx, cancel := context.WithCancelCause(parent)
		cancel(errStorm)
		return ctx, func() {}
	default:
		return parent, func() {}
	}
}

// sail makes one run, in one of the ways that there are.
func (s *sailor) sail(parent context.Context) (failed error) {
	n := s.random.IntN(100)
	ctx, cancel := s.context(parent)
	defer cancel()
	var (
		got                int64
		err                error
		mayRefuse, mayStop bool
	)
	switch s.random.IntN(5) {
	case 0: // a run of its own
		var result any
		result, err = s.eng.Run(ctx, s.run, engine.WithGlobal("input", n))
		got, _ = result.(int64)
	case 1:
		got, err = engine.Call[int64](ctx, s.pool, "work", n)
	case 2: // an instance that all share, until a stopped call ends it
		mayRefuse, mayStop = true, true
		shared := s.shared.Load()
		got, err = engine.Call[int64](ctx, shared, "work", n)
		if errors.Is(err, engine.ErrClosed) {
			next, failed := s.eng.Instantiate(parent, s.export)
			if failed != nil {
				return failed
			}
			if s.shared.CompareAndSwap(shared, next) {
				failed = shared.Close()
			} else {
				failed = next.Close()
			}
			if failed != nil {
				return failed
			}
		}
	default:
		if s.own == nil {
			if s.own, err = s.eng.Instantiate(parent, s.export); err != nil {
				return err
			}
		}
		if s.random.IntN(10) == 0 { // closed by somebody else meanwhile
			mayStop = true
			closing := make(chan error, 1)
			own := s.own
			timer := time.AfterFunc(time.Duration(s.random.IntN(1000))*time.Microsecond, func() { closing <- own.Close() })
			defer func() {
				if !timer.Stop() {
					failed = errors.Join(failed, <-closing)
				}
			}()
		}
		got, err = engine.Call[int64](ctx, s.own, "work", n)
		if err != nil || mayStop {
			err = errors.Join(err, s.own.Close())
			s.own = nil
		}
	}
	switch {
	case err == nil && got == int64(10*n+7):
		s.done.Add(1)
	case err == nil:
		return fmt.Errorf("work(%d) is %d", n, got)
	case mayRefuse && errors.Is(err, engine.ErrBusy):
		s.refused.Add(1)
	case mayStop && errors.Is(err, engine.ErrClosed):
		s.closed.Add(1)
	case ctx.Err() != nil && (errors.Is(err, errStorm) || errors.Is(err, context.DeadlineExceeded)):
		s.stopped.Add(1)
	default:
		return fmt.Errorf("work(%d) with a context of error %w: %w", n, context.Cause(ctx), err)
	}
	return nil
}

// TestStorm makes 10,000 runs from 64 goroutines in both languages, in VMs of their own, in living instances and in pools, and ends many of
// them at random. None has a wrong result or an error without reason, and nothing is left behind.
func TestStorm(t *testing.T) {
	before := goleak.IgnoreCurrent()
	runs, goroutines := int64(10_000), 64
	if testing.Short() {
		runs = 1000
	}
	var host stormHost
	pass := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) { return next(ctx, c) }
	}
	eng := newEngine(t, engine.WithModules(host.module()), engine.WithGate(pass))
	var storms []*storm
	for language, code := range stormPrograms {
		s := &storm{eng: eng}
		name := "storm." + string(language)
		var err error
		if s.export, err = eng.Compile(t.Context(), engine.FromString(name, code.work+code.export)); err != nil {
			t.Fatal(err)
		}
		if s.run, err = eng.Compile(t.Context(), engine.FromString(name, code.work+code.run)); err != nil {
			t.Fatal(err)
		}
		if s.pool, err = eng.NewPool(s.export, 8); err != nil {
			t.Fatal(err)
		}
		shared, err := eng.Instantiate(t.Context(), s.export)
		if err != nil {
			t.Fatal(err)
		}
		s.shared.Store(shared)
		storms = append(storms, s)
	}
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			s := &sailor{storm: storms[g%len(storms)], random: rand.New(rand.NewPCG(1, uint64(g)))}
			for s.begun.Add(1) <= runs/int64(len(storms)) {
				if err := s.sail(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
			if s.own != nil {
				if err := s.own.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for _, s := range storms {
		name := s.export.Name()
		if err := errors.Join(s.pool.Close(), s.shared.Load().Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		done, stopped, closed, refused := s.done.Load(), s.stopped.Load(), s.closed.Load(), s.refused.Load()
		t.Logf("%s: %d done, %d stopped, %d closed, %d refused", name, done, stopped, closed, refused)
		if done < runs/16 || stopped < runs/64 || closed == 0 {
			t.Errorf("%s: the storm was a calm", name)
		}
	}
	if calls, sequences := host.calls.Load(), host.sequences.Load(); calls != 0 || sequences != 0 {
		t.Errorf("%d host calls and %d sequences are left", calls, sequences)
	}
	if host.total.Load() < runs {
		t.Errorf("%d host calls", host.total.Load())
	}
	goleak.VerifyNone(t, before)
}
