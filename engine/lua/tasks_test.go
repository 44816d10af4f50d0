package lua

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// meeting is a host module whose call meet(n) returns only when n tasks wait in it at the same time.
type meeting struct {
	mu      sync.Mutex
	waiting int
	open    chan struct{}
	most    int // tasks inside busy at the same time
	inside  int
}

func (m *meeting) module() *engine.Module {
	m.open = make(chan struct{})
	return &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "meet", Call: func(ctx context.Context, args []any) (any, error) {
			m.mu.Lock()
			m.waiting++
			open := m.open
			if m.waiting == int(args[0].(int64)) {
				close(m.open)
				m.open, m.waiting = make(chan struct{}), 0
			}
			m.mu.Unlock()
			select {
			case <-open:
				return "met", nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}},
		{Name: "busy", Call: func(ctx context.Context, args []any) (any, error) {
			m.mu.Lock()
			m.inside++
			m.most = max(m.most, m.inside)
			m.mu.Unlock()
			defer func() {
				m.mu.Lock()
				m.inside--
				m.mu.Unlock()
			}()
			return args[0], nil
		}},
		{Name: "fail", Call: func(ctx context.Context, args []any) (any, error) { return nil, fmt.Errorf("failed %v", args[0]) }},
	}}
}

// Tasks overlap wherever they wait: each case deadlocks (and times out) if one of them keeps the VM while it does.
func TestTasksOverlap(t *testing.T) {
	for name, code := range map[string]string{
		"plain":     `local a, b = parallel(function() return host.meet(2) end, function() return host.meet(2) end) return a .. b`,
		"pcall":     `local function f() local _, x = pcall(host.meet, 2) return x end local a, b = parallel(f, f) return a .. b`,
		"xpcall":    `local function f() local _, x = xpcall(host.meet, print, 2) return x end local a, b = parallel(f, f) return a .. b`,
		"index":     `local t = setmetatable({}, {__index = function() return host.meet(2) end}) local a, b = parallel(function() return t.x end, function() return t.y end) return a .. b`,
		"newindex":  `local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, host.meet(2)) end}) parallel(function() t.x = 1 end, function() t.y = 1 end) return t.x .. t.y`,
		"concat":    `local t = setmetatable({}, {__concat = function() return host.meet(2) end}) local a, b = parallel(function() return t .. "" end, function() return "" .. t end) return a .. b`,
		"iterator":  `local function f() for x in function(_, last) if not last then return host.meet(2) end end do return x end end local a, b = parallel(f, f) return a .. b`,
		"sort":      `local function f() table.sort({2, 1}, function(a, b) host.meet(2) return a < b end) return "met" end local a, b = parallel(f, f) return a .. b`,
		"wrap":      `local function f() return coroutine.wrap(function() coroutine.yield() return host.meet(2) end) end local function g() local w = f() w() return w() end local a, b = parallel(g, g) return a .. b`,
		"gsub":      `local function f() return (("x"):gsub("x", function() return host.meet(2) end)) end local a, b = parallel(f, f) return a .. b`,
		"tostring":  `local t = setmetatable({}, {__tostring = function() return host.meet(2) end}) local function f() return tostring(t) end local a, b = parallel(f, f) return a .. b`,
		"load":      `local f = load("return host.meet(2)") local a, b = parallel(f, f) return a .. b`,
		"nested":    `local function f() return host.meet(4) end local function g() local a = parallel(f, f) return a end local a, b = parallel(g, g) return a .. b`,
		"map":       `local r = map({1, 2}, function() return host.meet(2) end) return r[1] .. r[2]`,
		"eight":     `local r = map({1, 2, 3, 4, 5, 6, 7, 8}, function() return host.meet(8) end) return r[1] .. r[8]`,
		"in a task": `return (parallel(function() local r = map({1, 2}, function() return host.meet(2) end) return r[1] .. r[2] end))`,
		"coroutine": `return coroutine.wrap(function() local a, b = parallel(function() return host.meet(2) end, function() return host.meet(2) end) return a .. b end)()`,
	} {
		t.Run(name, func(t *testing.T) {
			var m meeting
			_, result, err := script(t, engine.Config{Modules: []*engine.Module{m.module()}}, code)
			if err != nil || result != "metmet" {
				t.Errorf("result %v, error %v", result, err)
			}
		})
	}
}

func TestMapLimit(t *testing.T) {
	for limit, code := range map[int]string{
		1: `return map({1, 2, 3, 4, 5, 6}, host.busy, 1)`,
		3: `return map({1, 2, 3, 4, 5, 6}, function(x, i) assert(x == i) for _ = 1, 20 do host.busy(x) end return host.busy(x) end, 3)`,
	} {
		var m meeting
		_, result, err := script(t, engine.Config{Modules: []*engine.Module{m.module()}}, code)
		if err != nil || fmt.Sprint(result) != "[1 2 3 4 5 6]" || m.most > limit {
			t.Errorf("limit %d: result %v, error %v, %d at the same time", limit, result, err, m.most)
		}
	}
}
