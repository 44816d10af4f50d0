package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// functionPlan is how a Go function is called from scripts. It is made once.
type functionPlan struct {
	// name is the dotted name, for errors.
	name   string
	fn     reflect.Value
	types  *types
	effect Effect
	// receiver is the handle type of a method, or nil.
	receiver reflect.Type
	context  bool
	params   []parameter
	// arguments is a struct of all parameters, apart from a variadic one: one allocation for each call.
	arguments reflect.Type
	// required is how many arguments must be there.
	required int
	variadic bool
	results  []result
	// fails tells that the last result is an error, and closes that it is the method by which a handle is closed.
	fails, closes bool
	// sequence tells that the result is a stream, and pairs that its items come with errors.
	sequence, pairs bool
}

type parameter struct {
	typ    reflect.Type
	decode decoder
}

type result struct {
	typ    reflect.Type // of a stream its items
	encode encoder
	// scalar tells that encode needs no state.
	scalar bool
}

var contextType = reflect.TypeFor[context.Context]()

// planFunction makes the plan of a function, or returns all that is wrong with it.
func planFunction(t *types, spec *functionSpec, name string, receiver reflect.Type) (*functionPlan, []error) {
	errs := spec.problems
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case !spec.fn.IsValid():
		fail("the function is nil")
		return nil, errs
	case spec.fn.Kind() != reflect.Func:
		fail("is no function: it has the Go type %s", spec.fn.Type())
		return nil, errs
	case spec.fn.IsNil():
		fail("the function is nil")
		return nil, errs
	}
	typ := spec.fn.Type()
	p := &functionPlan{
		name: name, fn: spec.fn, types: t, effect: spec.effect, receiver: receiver, variadic: typ.IsVariadic(),
	}
	first := 0
	if receiver != nil {
		first = 1
	}
	for i := first; i < typ.NumIn(); i++ {
		in := typ.In(i)
		if in == contextType {
			if i > first {
				fail("the context must be the first parameter")
			}
			p.context = i == first
			continue
		}
		if p.variadic && i == typ.NumIn()-1 {
			in = in.Elem()
		}
		decode, err := t.decoder(in)
		if err != nil {
			fail("%s", err.text(argumentName(len(p.params)), 0))
		}
		p.params = append(p.params, parameter{in, decode})
		if !optional(in) && !(p.variadic && i == typ.NumIn()-1) {
			p.required = len(p.params)
		}
	}
	p.arguments = argumentsType(p.params, p.variadic)
	p.closes = receiver != nil && spec.name == "close"
	outs := typ.NumOut()
	if p.fails = outs > 0 && typ.Out(outs-1) == errorType; p.fails {
		outs--
	}
	for i := range outs {
		out := typ.Out(i)
		if out == errorType {
			fail("the error must be the last result")
			continue
		}
		if elem, pairs, ok := sequenceOf(out); ok {
			if outs > 1 {
				fail("a stream must be the only result, apart from an error")
			}
			if p.sequence, p.pairs = true, pairs != nil; p.pairs && pairs != errorType {
				fail("returns a stream of pairs: use iter.Seq2[T, error], or iter.Seq of a struct")
			}
			out = elem
		}
		encode, err := t.encoder(out)
		if err != nil {
			fail("%s", err.text(p.resultName(i, outs), 0))
		}
		p.results = append(p.results, result{out, encode, out.Kind() <= reflect.Float64 || out.Kind() == reflect.String})
	}
	if len(spec.params) > len(p.params) {
		fail("Doc describes %d parameters, and the function has %d", len(spec.params), len(p.params))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return p, nil
}

// argumentsType is a struct with a field for each parameter that is not variadic.
func argumentsType(params []parameter, variadic bool) reflect.Type {
	if variadic {
		params = params[:len(params)-1]
	}
	fields := make([]reflect.StructField, len(params))
	for i, param := range params {
		fields[i] = reflect.StructField{Name: "P" + strconv.Itoa(i), Type: param.typ}
	}
	return reflect.StructOf(fields)
}

// unplanned stands in for a function that New refuses.
func unplanned(context.Context, []any) (any, error) {
	return nil, errors.New("the function cannot be called")
}

// optional reports whether a parameter takes nothing, which is what an argument left out is.
func optional(t reflect.Type) bool { return t.Kind() == reflect.Pointer || t == anyType }

// sequenceOf returns the types of what an iterator gives. The second is nil for iter.Seq.
func sequenceOf(t reflect.Type) (elem, second reflect.Type, ok bool) {
	if t.Kind() != reflect.Func || t.NumIn() != 1 || t.NumOut() != 0 || t.In(0).Kind() != reflect.Func {
		return nil, nil, false
	}
	yield := t.In(0)
	if yield.NumOut() != 1 || yield.Out(0).Kind() != reflect.Bool || yield.IsVariadic() {
		return nil, nil, false
	}
	switch yield.NumIn() {
	case 1:
		return yield.In(0), nil, true
	case 2:
		return yield.In(0), yield.In(1), true
	default:
		return nil, nil, false
	}
}

func argumentName(i int) string { return "argument " + strconv.Itoa(i+1) }

func (p *functionPlan) resultName(i, of int) string {
	switch {
	case p.sequence:
		return "item"
	case of > 1:
		return "result " + strconv.Itoa(i+1)
	default:
		return "result"
	}
}

// boundCall is a call whose arguments were read.
type boundCall struct {
	Pending
	plan     *functionPlan
	in       []reflect.Value
	store    [4]reflect.Value // of in, where it is enough
	decoding decodingState
}

// bind implements Function.Bind.
func (p *functionPlan) bind(ctx context.Context, args []any) (*Pending, error) {
	c := &boundCall{plan: p, decoding: decodingState{types: p.types}}
	c.in = c.store[:0]
	if n := 2 + max(len(p.params), len(args)); n > len(c.store)+1 {
		c.in = make([]reflect.Value, 0, n)
	}
	if p.receiver != nil {
		var err error
		if args, err = c.receive(args); err != nil {
			return nil, err
		}
	}
	if p.context {
		c.in = append(c.in, reflect.Value{}) // run sets it
	}
	fixed := len(p.params)
	if p.variadic {
		fixed--
	}
	if len(args) > fixed && !p.variadic {
		return nil, p.refuse("", "takes "+atMost(fixed)+", got "+strconv.Itoa(len(args)), "", nil)
	}
	d := &c.decoding
	values := reflect.New(p.arguments).Elem()
	for i := range max(fixed, len(args)) {
		param := &p.params[min(i, len(p.params)-1)]
		var form any
		if i < len(args) {
			form = args[i]
		}
		if form == nil && i < fixed && i < p.required && !optional(param.typ) {
			_, problem := problemOf(param.decode(d, nil, reflect.New(param.typ).Elem()))
			return nil, p.refuse(argumentName(i), "is missing"+problem, "", nil)
		}
		var value reflect.Value
		if i < fixed {
			value = values.Field(i)
		} else {
			value = reflect.New(param.typ).Elem()
		}
		if form != nil || i >= fixed {
			if err := param.decode(d, form, value); err != nil {
				return nil, p.refuse(err.path(argumentName(i), firstIndex(ctx)), ": "+err.problem, err.hint, err.err)
			}
		}
		c.in = append(c.in, value)
	}
	c.Effect, c.Run = p.effect, c.run
	return &c.Pending, nil
}

// problemOf tells what a parameter takes, from the error that it gives for nothing.
func problemOf(err *valueError) (hint, problem string) {
	if err == nil {
		return "", ""
	}
	const not = ", not nothing"
	if n := len(err.problem) - len(not); n > 0 && err.problem[n:] == not {
		return err.hint, ": it " + err.problem[:n]
	}
	return err.hint, ""
}

// receive takes the handle of a method call off the arguments.
func (c *boundCall) receive(args []any) ([]any, error) {
	p := c.plan
	if len(args) > 0 {
		if h, ok := args[0].(Handle); ok && reflect.TypeOf(h.Value) == p.receiver {
			c.in = append(c.in, reflect.ValueOf(h.Value))
			return args[1:], nil
		}
	}
	class := p.types.classes[p.receiver].Name
	return nil, p.refuse("", "is a method and was called without its "+class, "in Lua, call it with a colon", nil)
}

// refuse is the error of a wrong argument.
func (p *functionPlan) refuse(param, problem, hint string, err error) error {
	e := &HostError{Name: "TypeError", Call: p.name, Message: param + problem, Hint: hint, Err: err}
	if param != "" {
		if problem[0] != ':' {
			e.Message = param + " " + problem
		}
		e.Fields = []Constant{{Name: "param", Value: param}}
	}
	return e
}

// atMost is a number of arguments in words.
func atMost(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "one argument at most"
	default:
		return strconv.Itoa(n) + " arguments at most"
	}
}

// run implements Pending.Run.
func (c *boundCall) run(ctx context.Context) (any, error) {
	p := c.plan
	if p.context {
		at := 0
		if p.receiver != nil {
			at = 1
		}
		in := c.in
		if in[at].IsValid() {
			in = append([]reflect.Value(nil), in...) // a second run
		}
		in[at] = reflect.ValueOf(ctx)
		c.in = in
	}
	if p.sequence {
		return p.stream(ctx, c.in)
	}
	out := p.call(c.in)
	if p.closes {
		if i := invokerOf(ctx); i != nil {
			i.closing.drop(c.in[0].Interface())
		}
	}
	if err := p.errorOf(out); err != nil {
		return nil, err
	}
	switch len(p.results) {
	case 0:
		return nil, nil
	case 1:
		return p.encode(ctx, 0, out[0])
	}
	multi := make(Multi, len(p.results))
	for i := range multi {
		var err error
		if multi[i], err = p.encode(ctx, i, out[i]); err != nil {
			return nil, err
		}
	}
	return multi, nil
}

func (p *functionPlan) call(in []reflect.Value) []reflect.Value { return p.fn.Call(in) }

// encode turns a result, or an item of a stream, into its form.
func (p *functionPlan) encode(ctx context.Context, i int, v reflect.Value) (any, error) {
	var e *encodingState
	if !p.results[i].scalar {
		e = &encodingState{types: p.types}
		if len(p.types.classes) > 0 {
			e.handle = invokerOf(ctx).opened
		}
	}
	form, err := p.results[i].encode(e, v)
	if err != nil {
		return nil, &HostError{
			Name: "Error", Call: p.name, Hint: err.hint, Err: err,
			Message: err.text(p.resultName(i, len(p.results)), firstIndex(ctx)),
		}
	}
	return form, nil
}

// errorOf returns the error among results with the name of the call.
func (p *functionPlan) errorOf(out []reflect.Value) error {
	if !p.fails || out[len(out)-1].IsNil() {
		return nil
	}
	return p.failure(out[len(out)-1].Interface().(error))
}

// failure gives an error the name of the call.
func (p *functionPlan) failure(err error) error {
	var host *HostError
	if direct, ok := err.(*HostError); ok { //nolint:errorlint // one that is wrapped has more around it
		if direct.Call != "" {
			return direct
		}
		named := *direct
		named.Call = p.name
		return &named
	}
	e := &HostError{Name: "Error", Call: p.name, Message: err.Error(), Err: err}
	if errors.As(err, &host) {
		e.Name, e.Hint, e.Fields = host.Name, host.Hint, host.Fields
	}
	return e
}

// stream returns the Sequence of a function that returns an iterator.
func (p *functionPlan) stream(ctx context.Context, in []reflect.Value) (any, error) {
	if p.fails {
		return Sequence(func(yield func(any, error) bool) {
			out := p.call(in)
			if err := p.errorOf(out); err != nil {
				yield(nil, err)
				return
			}
			p.iterate(ctx, out[0], yield)
		}), nil
	}
	seq := p.call(in)[0]
	return Sequence(func(yield func(any, error) bool) { p.iterate(ctx, seq, yield) }), nil
}

// iterate gives the items of an iterator.
func (p *functionPlan) iterate(ctx context.Context, seq reflect.Value, yield func(any, error) bool) {
	switch {
	case seq.IsNil():
		return
	case p.pairs:
		for item, err := range seq.Seq2() {
			if !err.IsNil() {
				yield(nil, p.failure(err.Interface().(error)))
				return
			}
			if form, err := p.encode(ctx, 0, item); !yield(form, err) || err != nil {
				return
			}
		}
	default:
		for item := range seq.Seq() {
			if form, err := p.encode(ctx, 0, item); !yield(form, err) || err != nil {
				return
			}
		}
	}
}

// firstIndex is the position of a list's first item in the language of the call.
func firstIndex(ctx context.Context) int {
	if i := invokerOf(ctx); i != nil {
		return i.FirstIndex
	}
	return 0
}
