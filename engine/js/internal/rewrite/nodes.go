package rewrite

import (
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

func identifier(name string, at file.Idx) *ast.Identifier {
	return &ast.Identifier{Name: unistring.NewFromString(name), Idx: at}
}

func callOf(function string, at file.Idx, arguments ...ast.Expression) ast.Expression {
	return &ast.CallExpression{Callee: identifier(function, at), LeftParenthesis: at, ArgumentList: arguments, RightParenthesis: at}
}

func text(value string, at file.Idx) ast.Expression {
	return &ast.StringLiteral{Idx: at, Literal: strconv.Quote(value), Value: unistring.NewFromString(value)}
}

// memberOf is a name as a member of a parameter of the function around an entry.
func memberOf(parameter string, name *ast.Identifier) ast.Expression {
	return &ast.DotExpression{Left: identifier(parameter, name.Idx), Identifier: *name}
}

// namedBy gives a function or class without a name the name of a variable, as a declaration does: {f: () => 1}.f
func namedBy(name *ast.Identifier, value ast.Expression) ast.Expression {
	if !Nameless(value) {
		return value
	}
	at := name.Idx
	return &ast.DotExpression{
		Left: &ast.ObjectLiteral{LeftBrace: at, RightBrace: at, Value: []ast.Property{&ast.PropertyKeyed{
			Key: &ast.StringLiteral{Idx: at, Value: name.Name}, Kind: ast.PropertyKindValue, Value: value,
		}}},
		Identifier: *name,
	}
}

// Nameless reports whether an expression takes its name from the variable that it is assigned to.
func Nameless(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		return n.Name == nil
	case *ast.ClassLiteral:
		return n.Name == nil
	case *ast.ArrowFunctionLiteral:
		return true
	}
	return false
}
