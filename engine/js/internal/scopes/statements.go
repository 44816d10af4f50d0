package scopes

import (
	"github.com/dop251/goja/ast"

	"github.com/crisphost/crisphost/internal/calls"
)

func (w *walker) statements(list []ast.Statement) {
	for _, s := range list {
		w.statement(s)
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
	case *ast.LexicalDeclaration:
		w.bindings(n.List, w.lexical)
	case *ast.FunctionDeclaration:
		if n.Function.Name != nil {
			w.lexical(n.Function.Name.Name.String()).Assign(nil)
		}
		w.functionBody(n.Function.ParameterList, n.Function.Body)
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
			w.value(n.Test)
			w.value(n.Update)
			w.statement(n.Body)
		})
	case *ast.ForInStatement:
		w.loop(n.Into, n.Source, n.Body)
	case *ast.ForOfStatement:
		w.loop(n.Into, n.Source, n.Body)
	case *ast.LabelledStatement:
		w.statement(n.Statement)
	case *ast.WhileStatement:
		w.value(n.Test)
		w.statement(n.Body)
	case *ast.DoWhileStatement:
		w.statement(n.Body)
		w.value(n.Test)
	case *ast.SwitchStatement:
		w.value(n.Discriminant)
		w.within(func() {
			for _, c := range n.Body {
				w.value(c.Test)
				w.statements(c.Consequent)
			}
		})
	case *ast.ThrowStatement:
		w.value(n.Argument)
	case *ast.ReturnStatement:
		w.value(n.Argument)
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
		w.value(n.Test)
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
			value = w.value(b.Initializer)
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

// loop visits for in and for of. What they walk over is unknown.
func (w *walker) loop(into ast.ForInto, source ast.Expression, body ast.Statement) {
	w.value(source)
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

// functionBody visits a function from its parameters on. They are unknown.
func (w *walker) functionBody(parameters *ast.ParameterList, body ast.Node) {
	w.body(func() {
		if parameters != nil {
			for _, p := range parameters.List {
				if p.Initializer != nil {
					w.value(p.Initializer)
				}
				if name, ok := p.Target.(*ast.Identifier); !ok || name.Name.String() != w.loader {
					w.bind(p.Target, nil, w.lexical)
				}
			}
			w.bind(parameters.Rest, nil, w.lexical)
		}
		switch n := body.(type) {
		case *ast.BlockStatement:
			w.statements(n.List)
		case *ast.ExpressionBody:
			w.value(n.Expression)
		}
	})
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
				w.value(e.Key)
				w.value(e.Body)
			case *ast.ClassStaticBlock:
				w.body(func() { w.statements(e.Block.List) })
			}
		}
	})
}
