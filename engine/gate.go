package engine

import (
	"context"
	"net/http"
	"runtime/debug"
	"strings"
)

// HostCall is a call of a host function as gates see it: after its arguments were checked, and before it runs.
type HostCall struct {
	// Script and Run are what WithRun said, or empty.
	Script, Run string
	// Name is the function's dotted name by its words, for example "crisp.people.event_names.list". The requests of JavaScript's
	// fetch are "fetch".
	Name   string
	Effect Effect
	// Permission is the subject of the permission that the call needs, for example "conversations", and Value its value where the
	// subject takes one (the host of fetch). Permission is empty when the call needs none. Word joins them with the effect.
	Permission, Value string
	// Args are the arguments in the forms of Function.Call. They must not be changed.
	Args []any
	// Detail is what Function.Bind gave in Pending.Detail. For fetch it is the *http.Request.
	Detail any
	// Redirected is set for a request of fetch that follows another one.
	Redirected bool

	// function runs the call, unless run is set.
	function *Function
	run      func(context.Context) (any, error)
	plan     func(context.Context) (any, error)
	target   *hostTarget // of fetch
}

// carryOut runs the function.
func (c *HostCall) carryOut(ctx context.Context) (any, error) {
	if c.run != nil {
		return c.run(ctx)
	}
	return c.function.Call(ctx, c.Args)
}

// Module returns the name of the module that the function belongs to: the first word of Name.
func (c *HostCall) Module() string {
	module, _, _ := strings.Cut(c.Name, ".")
	return module
}

// HasResult reports whether the function answers something, as far as its description says.
func (c *HostCall) HasResult() bool { return c.function == nil || c.function.Result != "" }

// Word returns the permission that the call needs as @permissions lists it, for example "conversations:write", or "".
func (c *HostCall) Word() string {
	switch {
	case c.Permission == "":
		return ""
	case c.Value != "":
		return c.Permission + ":" + c.Value
	case c.Effect == Read:
		return c.Permission + ":read"
	default:
		return c.Permission + ":write"
	}
}

// Plan returns the result of a dry run: what the call would return, without its effect. It reports whether the function
// knows one. A function that only reads is called.
func (c *HostCall) Plan(ctx context.Context) (result any, known bool, err error) {
	switch {
	case c.plan != nil:
		result, err = c.plan(ctx)
	case c.function != nil && c.function.Plan != nil:
		result, err = c.function.Plan(ctx, c.Args)
	case c.Effect == Read:
		result, err = c.carryOut(ctx)
	default:
		return nil, false, nil
	}
	return result, true, err
}

// Handler carries out a host call and returns its result, in the forms of Function.Call's results.
type Handler func(ctx context.Context, c *HostCall) (any, error)

// Gate is middleware around host calls. It calls next to let a call pass, returns a result of its own to answer in the
// function's place, or an error to refuse. It runs on the goroutine of the call and may wait, unless the function is Sync.
type Gate func(next Handler) Handler

// Pending is a host call whose arguments were checked: what Function.Bind returns.
type Pending struct {
	Effect Effect
	// Permission and Value are as in HostCall. An empty Permission stands for that of the Function.
	Permission, Value string
	// Detail describes the call to gates, in a type of the module's own.
	Detail any
	// Run carries the call out.
	Run func(ctx context.Context) (any, error)
	// Plan is as Function.Plan, or nil.
	Plan func(ctx context.Context) (any, error)
}

// Invoker makes the host calls of a VM: all of them pass it, whatever their module. It is for implementations of Runtime.
type Invoker struct {
	cfg *Config
	// handle is the gates around the call, or nil when nothing looks at calls.
	handle Handler
	// FirstIndex is the position of a list's first item in the language, for errors: 0, and 1 in Lua.
	FirstIndex int
	closing    closing
}

// NewInvoker returns the invoker of a VM. The configuration must not be changed afterwards.
func NewInvoker(cfg *Config) *Invoker {
	i := &Invoker{cfg: cfg}
	if len(cfg.Gates) > 0 || cfg.Permissions != nil {
		i.handle = func(ctx context.Context, c *HostCall) (any, error) { return c.carryOut(ctx) }
		for n := len(cfg.Gates) - 1; n >= 0; n-- {
			i.handle = cfg.Gates[n](i.handle)
		}
	}
	return i
}

// Context returns the context of a host call: Use finds the instance's values with it.
func (i *Invoker) Context(ctx context.Context) context.Context {
	return &hostContext{ctx, i}
}

// Called reports whether ctx belongs to a host call of this VM, so that a call into the VM would wait for itself.
func (i *Invoker) Called(ctx context.Context) bool { return invokerOf(ctx) == i }

// Call runs a host function. Name is its dotted name by its words. Panics of the function and of gates become a *PanicError.
func (i *Invoker) Call(ctx context.Context, f *Function, name string, args []any) (result any, err error) {
	defer func() {
		if x := recover(); x != nil {
			result, err = nil, i.Panicked(name, x)
		}
	}()
	if f.Bind == nil && i.handle == nil {
		return f.Call(&hostContext{ctx, i}, args)
	}
	made := &struct { // in one piece
		call    HostCall
		context hostContext
	}{HostCall{Name: name, Effect: f.Effect, Permission: f.permission(name), Args: args}, hostContext{ctx, i}}
	c := &made.call
	ctx = &made.context
	if f.Bind == nil {
		c.function = f
	} else {
		p, err := f.Bind(ctx, args)
		if err != nil {
			return nil, err
		}
		if i.handle == nil {
			return p.Run(ctx)
		}
		c.Effect, c.Value, c.Detail, c.run, c.plan = p.Effect, p.Value, p.Detail, p.Run, p.Plan
		if p.Permission != "" {
			c.Permission = p.Permission
		}
		if c.Permission == NoPermission {
			c.Permission = ""
		}
	}
	return i.decide(ctx, c)
}

// decide lets the permissions and then the gates decide. Nobody is asked about a call that is refused anyway.
func (i *Invoker) decide(ctx context.Context, c *HostCall) (any, error) {
	c.Script, c.Run = i.cfg.Script, i.cfg.Run
	if err := i.cfg.Permissions.Check(c); err != nil {
		return nil, err
	}
	return i.handle(ctx, c)
}

// permission is the subject of a function that is called by name.
func (f *Function) permission(name string) string {
	switch f.Permission {
	case NoPermission:
		return ""
	case "":
		module, _, _ := strings.Cut(name, ".")
		return module
	default:
		return f.Permission
	}
}

// Panicked reports a panic of a host function, or of the sequence that it returned, to the hook and returns the script's error. It is called
// where the panic was recovered.
func (i *Invoker) Panicked(name string, value any) error {
	p := &PanicError{Function: name, Value: value, Stack: debug.Stack()}
	if i.cfg.OnPanic != nil {
		i.cfg.OnPanic(p)
	}
	return &HostError{Name: "Error", Call: name, Message: "failed inside the host", Err: p}
}

// Values returns the constants of a module in this instance.
func (i *Invoker) Values(m *Module) []Constant {
	if m.InstanceValues == nil {
		return m.Values
	}
	own := m.InstanceValues(i.Context(context.Background()))
	return append(own, m.Values...)
}

// Member is Module.Member with the constants of the instance.
func (i *Invoker) Member(m *Module, name string, spell func(string) string) (*Function, *Module, *Constant) {
	if m.InstanceValues != nil {
		for _, c := range i.Values(m) {
			if c.Name == name {
				return nil, nil, &c
			}
		}
	}
	return m.Member(name, spell)
}

// Fetch returns the transport for fetch. Every request passes the gates, those of redirects too. Without
// Config.Fetch all are refused.
func (i *Invoker) Fetch() http.RoundTripper {
	base := i.cfg.Fetch
	if base == nil {
		base = noNetwork{}
	}
	if i.handle == nil {
		return base
	}
	return &gatedTransport{base: base, invoker: i}
}

// gatedTransport asks the gates about each request.
type gatedTransport struct {
	base    http.RoundTripper
	invoker *Invoker
}

// RoundTrip implements http.RoundTripper.
func (t *gatedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	target, err := fetchTarget(req.URL)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	sent := false
	c := &HostCall{
		Name: "fetch", Effect: methodEffect(req.Method), Permission: permissionFetch, Value: target.String(),
		Detail: req, Redirected: req.Response != nil, target: target,
		run: func(ctx context.Context) (any, error) {
			sent = true
			if ctx != req.Context() {
				req = req.WithContext(ctx)
			}
			return t.base.RoundTrip(req) //nolint:bodyclose // the caller closes it
		},
	}
	result, err := t.invoker.decide(t.invoker.Context(req.Context()), c)
	if !sent {
		closeBody(req) // a RoundTripper always does
	}
	if err != nil {
		return nil, err
	}
	res, ok := result.(*http.Response)
	if !ok {
		return nil, &HostError{Name: "Error", Call: "fetch", Message: "a gate answered with something that is no response"}
	}
	return res, nil
}

// CloseIdleConnections lets http.Client reach the one of the base.
func (t *gatedTransport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// methodEffect is the effect of a request that nothing else is known of.
func methodEffect(method string) Effect {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		return Read
	case http.MethodDelete:
		return Delete
	default:
		return Write
	}
}
