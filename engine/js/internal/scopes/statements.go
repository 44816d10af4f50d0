package scopes

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/internal/calls"
)

func (w *walker) statements(list []ast.Statement) {
	for _, s := range list {
		w.statement(s)
	}
}

// bundled visits the statements of a bundle.
func (w *walker) bundled(list []ast.Statement) {
	for _, s := range list {
		if w.foreign != nil && w.foreign(s) {
			w.packages = true
			w.declared(s)
			continue
		}
		w.statement(s)
	}
}

// declared notes the names of a statement that is not visited. What they stand for is unknown.
func (w *walker) declared(s ast.Statement) {
	bind := func(list []*ast.Binding) {
		for _, b := range list {
			w.bind(b.Target, nil, w.lexical)
		}
	}
	switch n := s.(type) {
	case *ast.VariableStatement:
		bind(n.List)
	case *ast.LexicalDeclaration:
		bind(n.List)
	case *ast.FunctionDeclaration:
		w.lexical(n.Function.Name.Name.String()).Assign(nil)
	case *ast.ClassDeclaration:
		w.lexical(n.Class.Name.Name.String()).Assign(nil)
	}
}

func (w *walker) statement(s ast.Statement) {
	if s == nil || !w.enter() {
		return
	}
	defer w.leave()
	switch n := s.(type) {
	case *ast.ExpressionStatement:
		w.value(n.Expression)
	case *ast.VariableStatement:
		w.bindings(n.List, w.variable)
		w.hoist(n.List)
	case *ast.LexicalDeclaration:
		w.bindings(n.List, w.lexical)
	case *ast.FunctionDeclaration:
		f := n.Function
		value := w.functionBody(f.ParameterList, f.Body, f.Async, f.Generator)
		if f.Name != nil {
			w.lexical(f.Name.Name.String()).Assign(value)
		}
	case *ast.ClassDeclaration:
		if n.Class.Name != nil {
			w.lexical(n.Class.Name.Name.String()).Assign(nil)
		}
		w.class(n.Class)
	case *ast.BlockStatement:
		w.blockStatement(n)
	case *ast.IfStatement:
		w.ifStatement(n)
	case *ast.TryStatement:
		w.tryStatement(n)
	case *ast.ForStatement:
		w.within(func() {
			w.forHead(n.Initializer)
			w.test(n.Test)
			w.value(n.Update)
			w.statement(n.Body)
		})
	case *ast.ForInStatement:
		w.used(asMembers, n.Source)
		w.loop(n.Into, n.Body)
	case *ast.ForOfStatement:
		w.used(asItems, n.Source)
		w.loop(n.Into, n.Body)
	case *ast.LabelledStatement:
		w.statement(n.Statement)
	case *ast.WhileStatement:
		w.test(n.Test)
		w.statement(n.Body)
	case *ast.DoWhileStatement:
		w.statement(n.Body)
		w.test(n.Test)
	case *ast.SwitchStatement:
		w.used(asEqual, n.Discriminant)
		w.within(func() {
			for _, c := range n.Body {
				w.value(c.Test)
				w.statements(c.Consequent)
			}
		})
	case *ast.ThrowStatement:
		w.value(n.Argument)
	case *ast.ReturnStatement:
		value := calls.Nothing()
		if n.Argument != nil {
			value = w.value(n.Argument)
		}
		w.results = append(w.results, value)
	case *ast.WithStatement:
		w.value(n.Object)
		outer := w.block
		w.block = outer.Opaque()
		w.statement(n.Body)
		w.block = outer
	}
}

// ifStatement visits the branches of an else-if chain, which stand inside each other.
func (w *walker) ifStatement(n *ast.IfStatement) {
	for {
		w.test(n.Test)
		w.statement(n.Consequent)
		next, ok := n.Alternate.(*ast.IfStatement)
		if !ok {
			w.statement(n.Alternate)
			return
		}
		n = next
	}
}

func (w *walker) tryStatement(n *ast.TryStatement) {
	w.blockStatement(n.Body)
	if n.Catch != nil {
		w.within(func() {
			if n.Catch.Parameter != nil {
				w.bind(n.Catch.Parameter, nil, w.lexical)
			}
			w.blockStatement(n.Catch.Body)
		})
	}
	w.blockStatement(n.Finally)
}

func (w *walker) blockStatement(n *ast.BlockStatement) {
	if n != nil {
		w.within(func() { w.statements(n.List) })
	}
}

func (w *walker) bindings(list []*ast.Binding, declare func(name string) *calls.Variable) {
	for _, b := range list {
		value := calls.Nothing()
		if b.Initializer != nil {
			var start file.Idx
			value, start = w.expression(b.Initializer)
			w.destructured(b.Target, b.Initializer, value, start)
		}
		w.bind(b.Target, value, declare)
	}
}

func (w *walker) forHead(n ast.ForLoopInitializer) {
	switch n := n.(type) {
	case *ast.ForLoopInitializerExpression:
		w.value(n.Expression)
	case *ast.ForLoopInitializerVarDeclList:
		w.bindings(n.List, w.variable)
	case *ast.ForLoopInitializerLexicalDecl:
		w.bindings(n.LexicalDeclaration.List, w.lexical)
	}
}

// hoist notes that the variables of a block belong to the function, where they are nothing before.
func (w *walker) hoist(list []*ast.Binding) {
	if w.block == w.function {
		return
	}
	for _, b := range list {
		if name, ok := b.Target.(*ast.Identifier); ok {
			w.variable(name.Name.String()).Assign(calls.Nothing())
		}
	}
}

// loop visits for in and for of. What they walk over is unknown.
func (w *walker) loop(into ast.ForInto, body ast.Statement) {
	w.within(func() {
		switch n := into.(type) {
		case *ast.ForIntoVar:
			w.bind(n.Binding.Target, nil, w.variable)
		case *ast.ForDeclaration:
			w.bind(n.Target, nil, w.lexical)
		case *ast.ForIntoExpression:
			w.bind(n.Expression, nil, nil)
		}
		w.statement(body)
	})
}

// functionBody visits a function from its parameters on, which are unknown, and returns it.
func (w *walker) functionBody(parameters *ast.ParameterList, body ast.Node, async, generator bool) *calls.Value {
	outer := w.results
	w.results = nil
	defer func() { w.results = outer }()
	main := false
	w.body(func() {
		if parameters != nil {
			for _, p := range parameters.List {
				if p.Initializer != nil {
					w.value(p.Initializer)
				}
				if name, ok := p.Target.(*ast.Identifier); ok && name.Name.String() == w.loader {
					main = true
				} else {
					w.bind(p.Target, nil, w.lexical)
				}
			}
			w.bind(parameters.Rest, nil, w.lexical)
		}
		switch n := body.(type) {
		case *ast.BlockStatement:
			if main {
				w.bundled(n.List)
			} else {
				w.statements(n.List)
			}
			if !leaves(n.List) {
				w.results = append(w.results, calls.Nothing())
			}
		case *ast.ExpressionBody:
			w.results = append(w.results, w.value(n.Expression))
		}
	})
	if generator {
		return nil
	}
	return calls.Function(async, w.results)
}

// leaves reports whether a function ends with a statement that leaves it.
func leaves(list []ast.Statement) bool {
	if len(list) == 0 {
		return false
	}
	switch list[len(list)-1].(type) {
	case *ast.ReturnStatement, *ast.ThrowStatement:
		return true
	}
	return false
}

func (w *walker) class(n *ast.ClassLiteral) {
	w.value(n.SuperClass)
	w.within(func() {
		if n.Name != nil {
			w.lexical(n.Name.Name.String()).Assign(nil)
		}
		for _, element := range n.Body {
			switch e := element.(type) {
			case *ast.FieldDefinition:
				w.value(e.Key)
				w.value(e.Initializer)
			case *ast.MethodDefinition:
				if name, ok := text(e.Key); ok {
					w.methods[name] = true
				}
				w.value(e.Key)
				w.value(e.Body)
			case *ast.ClassStaticBlock:
				w.body(func() { w.statements(e.Block.List) })
			}
		}
	})
}
