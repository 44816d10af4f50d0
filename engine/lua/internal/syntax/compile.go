package syntax

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Compile translates a file's text. Mistakes are an *engine.Error of kind KindCompile.
func Compile(name string, code []byte) (*Chunk, error) {
	return CompileChanged(name, code, func(stmts []ast.Stmt) {})
}

// CompileChanged translates a text whose tree is changed before.
func CompileChanged(name string, code []byte, change func(stmts []ast.Stmt)) (c *Chunk, err error) {
	defer panics.Recover(name, panics.Compiling, &err)
	text, stmts, scan, err := parseText(name, code)
	if err != nil {
		return nil, err
	}
	change(stmts)
	proto, err := compileTree(stmts, name)
	if err != nil {
		line, message := explainCompile(err)
		return nil, &engine.Error{
			Kind:       engine.KindCompile,
			Position:   engine.Position{File: name, Line: line, Column: FirstColumn(sourceline.At(code, line))},
			Message:    message,
			SourceLine: sourceline.At(code, line),
		}
	}
	return &Chunk{Name: name, Code: code, Proto: proto, Requires: scan.requires, Tokens: sync.OnceValue(func() []ast.Token {
		list, _ := Tokens(text)
		return list
	})}, nil
}

// compileTree translates a syntax tree. It turns the compiler's panics into errors.
func compileTree(stmts []ast.Stmt, name string) (proto *glua.FunctionProto, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the compiler failed: %v", r)
		}
	}()
	return glua.Compile(stmts, name)
}

// explainCompile tells what is wrong with a text that parses and still does not compile.
func explainCompile(err error) (line int, message string) {
	var bad *glua.CompileError
	if !errors.As(err, &bad) {
		return 0, err.Error()
	}
	message = strings.NewReplacer("<goto>", "goto", "<goto ", "goto ", ">", "").Replace(bad.Message)
	// A label that is missing is noticed at the end of its function.
	if before, at, ok := strings.Cut(message, " for goto at line "); ok {
		if n, err := strconv.Atoi(at); err == nil {
			return n, before + " for goto"
		}
	}
	return bad.Line, message
}
