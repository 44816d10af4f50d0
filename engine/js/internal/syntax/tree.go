// Package syntax parses and compiles texts within bounds that goja and esbuild can bear.
package syntax

import (
	"cmp"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	gojatoken "github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// goja's compiler descends into the tree, on a stack whose overflow ends the process, and computes constant expressions while it
// compiles, where no deadline stops it. So the tree is looked at before.

const (
	// maxTreeDepth bounds the nodes inside each other. The operators of a + b + c nest, too.
	maxTreeDepth = 50_000
	// maxFolding bounds the steps that goja takes to compute one constant expression.
	maxFolding = 10_000_000
)

// ParseProgram parses a text. goja's parser panics at some texts that are wrong.
func ParseProgram(name, text string) (tree *ast.Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			tree, err = nil, NewPanicError(x)
		}
	}()
	return parser.ParseFile(nil, name, text, 0, parser.WithDisableSourceMaps)
}

// CompileTree compiles a tree that the compiler can bear. What is wrong with another is a *TreeError.
func CompileTree(tree *ast.Program) (*goja.Program, error) {
	if _, err := checkTree(tree, ""); err != nil {
		return nil, err
	}
	return compile(tree)
}

// CompileMain is CompileTree for a main function around a bundle. One that awaits nothing is compiled as a plain function, which
// spares a VM the making of promises. A value that the file named entry returns at its top level would be lost, so it is an error.
// Assigned has the names, of whatever scope, that something is assigned to.
func CompileMain(tree *ast.Program, entry string) (program *goja.Program, assigned map[string]bool, err error) {
	c, err := checkTree(tree, entry)
	if err != nil {
		return nil, nil, err
	}
	if c.main != nil {
		c.main.Async = c.awaits
	}
	program, err = compile(tree)
	return program, c.assigned, err
}

func newTreeCheck(entry string) *treeCheck {
	return &treeCheck{assigned: make(map[string]bool), entry: entry}
}

func checkTree(tree *ast.Program, entry string) (*treeCheck, error) {
	c := newTreeCheck(entry)
	c.children(reflect.ValueOf(tree).Elem())
	if c.problem != nil {
		c.problem.File = tree.File
		return nil, c.problem
	}
	if c.bigInts || c.evals || c.regexps || c.members || c.symbols || c.appends {
		guard(tree, c.bigInts, c.symbols)
	}
	return c, nil
}

func compile(tree *ast.Program) (program *goja.Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			program, err = nil, NewPanicError(x)
		}
	}()
	return goja.CompileAST(tree, true)
}

// TreeError is a *goja.CompilerSyntaxError with a hint.
type TreeError struct {
	goja.CompilerSyntaxError
	Hint string
}

// treeCheck walks a tree.
type treeCheck struct {
	depth    int
	targets  int // how many targets of assignments are around the node
	assigned map[string]bool
	problem  *TreeError
	// main is the first function, functions is how many are around the node, and awaits is set when main itself awaits something.
	main      *ast.FunctionLiteral
	functions int
	awaits    bool
	// entry is the file whose top level must not return a value, and wrapper the function that esbuild has put around it.
	entry   string
	wrapper *ast.FunctionLiteral
	inside  *ast.FunctionLiteral // the innermost function
	// bigInts is set when the program may have BigInts, evals when it has the name eval, regexps for regular expressions that goja does
	// not understand, members for properties exec and stack, symbols for the name Symbol, and appends for +=.
	bigInts, evals, regexps, members, symbols, appends bool
}

func (c *treeCheck) fail(at ast.Node, message, hint string) {
	if c.problem == nil {
		c.problem = &TreeError{Hint: hint}
		c.problem.Message, c.problem.Offset = message, int(at.Idx0())-1
	}
}

// constant is an expression that goja computes while it compiles.
type constant struct {
	// test and emit are the steps that goja takes to find that the expression is constant, and to compute it.
	test, emit int64
}

// node looks at a node and returns what goja makes of it while it compiles, or nil.
func (c *treeCheck) node(n ast.Node) *constant {
	if c.problem != nil {
		return nil
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxTreeDepth {
		c.fail(n, fmt.Sprintf("the file nests operators deeper than %d levels", maxTreeDepth), "")
		return nil
	}
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.NumberLiteral:
		if _, ok := n.Value.(*big.Int); ok {
			c.bigInts = true
		}
		return &constant{test: 1, emit: 1}
	case *ast.StringLiteral:
		c.bigInts = c.bigInts || isBigIntName(n.Value)
		return &constant{test: 1, emit: 1}
	case *ast.BooleanLiteral, *ast.NullLiteral:
		return &constant{test: 1, emit: 1}
	case *ast.Identifier:
		c.bigInts = c.bigInts || isBigIntName(n.Name)
		c.evals = c.evals || n.Name == "eval"
		c.symbols = c.symbols || n.Name == "Symbol"
		if c.targets > 0 {
			c.assigned[n.Name.String()] = true
		}
		return nil
	case *ast.AssignExpression:
		c.appends = c.appends || n.Operator == gojatoken.PLUS && mayBeText(n.Right)
		c.target(n.Left)
		c.node(n.Right)
		return nil
	case *ast.ForIntoExpression:
		c.target(n.Expression)
		return nil
	case *ast.UnaryExpression:
		if n.Operator == gojatoken.INCREMENT || n.Operator == gojatoken.DECREMENT {
			c.target(n.Operand)
			return nil
		}
		operand := c.node(n.Operand)
		if operand == nil {
			return nil
		}
		return c.folded(&constant{test: operand.test + 1, emit: operand.test + operand.emit + 1}, n)
	case *ast.BinaryExpression:
		left, right := c.node(n.Left), c.node(n.Right)
		if left == nil || right == nil {
			return nil
		}
		return c.folded(fold(n.Operator, left, right), n)
	case *ast.DotExpression:
		c.members = c.members || n.Identifier.Name == "exec" || n.Identifier.Name == "stack"
	case *ast.RegExpLiteral:
		c.regexps = c.regexps || isForeign(n)
	case *ast.AwaitExpression:
		c.awaits = c.awaits || c.functions == 1
	case *ast.FunctionLiteral:
		if c.main == nil {
			c.main = n
		}
		outer := c.inside
		c.inside = n
		c.functions++
		defer func() { c.functions--; c.inside = outer }()
	case *ast.ArrowFunctionLiteral, *ast.ClassStaticBlock:
		outer := c.inside
		c.inside = nil
		c.functions++
		defer func() { c.functions--; c.inside = outer }()
	case *ast.CallExpression:
		if c.functions == 1 && c.entry != "" {
			c.wrapper = cmp.Or(c.wrapper, commonWrapper(n, c.entry))
		}
	case *ast.ReturnStatement:
		if c.wrapper != nil && c.inside == c.wrapper && n.Argument != nil {
			c.fail(n, "a script cannot return a value at its top level", "its result is its default export: write export default ...")
		}
	}
	c.children(reflect.Indirect(reflect.ValueOf(n)))
	return nil
}

// commonWrapper returns the function that esbuild puts around a CommonJS file, of a call that makes a module of one, or nil.
func commonWrapper(n *ast.CallExpression, file string) *ast.FunctionLiteral {
	if callee, ok := n.Callee.(*ast.Identifier); !ok || callee.Name != "__commonJS" {
		return nil
	}
	if name, wrapper := wrapped(n); name == file {
		return wrapper
	}
	return nil
}

// wrapped returns the file and the function of a call that makes a module of a function which esbuild has put around a file.
func wrapped(n *ast.CallExpression) (file string, wrapper *ast.FunctionLiteral) {
	if len(n.ArgumentList) != 1 {
		return "", nil
	}
	object, ok := n.ArgumentList[0].(*ast.ObjectLiteral)
	if !ok || len(object.Value) != 1 {
		return "", nil
	}
	property, ok := object.Value[0].(*ast.PropertyKeyed)
	if !ok {
		return "", nil
	}
	key, ok := property.Key.(*ast.StringLiteral)
	if !ok {
		return "", nil
	}
	wrapper, _ = property.Value.(*ast.FunctionLiteral)
	return key.Value.String(), wrapper
}

// WrappedFile returns the file of a statement of a bundle that declares a module which esbuild has put into a function, or "".
func WrappedFile(s ast.Statement) string {
	declaration, ok := s.(*ast.VariableStatement)
	if !ok || len(declaration.List) != 1 {
		return ""
	}
	call, ok := declaration.List[0].Initializer.(*ast.CallExpression)
	if !ok {
		return ""
	}
	callee, ok := call.Callee.(*ast.Identifier)
	if !ok || callee.Name != "__commonJS" && callee.Name != "__esm" {
		return ""
	}
	file, _ := wrapped(call)
	return file
}

// target looks at what something is assigned to.
func (c *treeCheck) target(n ast.Node) {
	c.targets++
	c.node(n)
	c.targets--
}

// folded refuses a constant that goja cannot compute in time.
func (c *treeCheck) folded(made *constant, at ast.Node) *constant {
	if made.emit > maxFolding || made.test > maxFolding {
		c.fail(at, "this constant expression is too long to compute before the script runs", "compute it at run time, from variables")
	}
	return made
}

// isBigIntName reports whether a name can lead to BigInts: BigInt itself, BigInt64Array, getBigInt64.
func isBigIntName(name unistring.String) bool { return strings.Contains(string(name), "BigInt") }

// fold returns what goja makes of an operator between constants.
func fold(operator gojatoken.Token, left, right *constant) *constant {
	made := &constant{test: left.test + right.test, emit: left.test + left.emit + right.test + right.emit + 1}
	switch operator {
	case gojatoken.LOGICAL_OR, gojatoken.LOGICAL_AND, gojatoken.COALESCE:
		// goja computes the left side once to find that it is constant, and again to compile it.
		made.test = left.test + left.emit + right.test
		made.emit += left.emit
	}
	return made
}

// nodeFields are the fields of kinds of nodes that lead to other nodes.
var nodeFields sync.Map // of []int by reflect.Type

var (
	nodeType = reflect.TypeFor[ast.Node]()
	// What these hold stands in the body, too.
	declarationsType = reflect.TypeFor[[]*ast.VariableDeclaration]()
)

func fieldsOf(t reflect.Type) []int {
	if known, ok := nodeFields.Load(t); ok {
		return known.([]int)
	}
	var fields []int
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case !f.IsExported(), f.Type == declarationsType, f.Type.PkgPath() == "github.com/dop251/goja/file":
		case f.Type.Kind() == reflect.Interface, f.Type.Kind() == reflect.Slice, f.Type.Kind() == reflect.Struct:
			fields = append(fields, i)
		case f.Type.Kind() == reflect.Pointer && f.Type.Elem().PkgPath() == nodeType.PkgPath():
			fields = append(fields, i)
		}
	}
	nodeFields.Store(t, fields)
	return fields
}

// children looks at the nodes in the fields of a struct.
func (c *treeCheck) children(v reflect.Value) {
	for _, i := range fieldsOf(v.Type()) {
		c.value(v.Field(i))
	}
}

func (c *treeCheck) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(ast.Node); ok {
			c.node(n)
		} else if v = reflect.Indirect(v); v.Kind() == reflect.Struct {
			c.children(v)
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.value(v.Index(i))
		}
	case reflect.Struct:
		if v.CanAddr() { // the name of a shorthand property
			if n, ok := v.Addr().Interface().(ast.Node); ok {
				c.node(n)
				return
			}
		}
		c.children(v)
	}
}
