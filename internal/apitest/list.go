package apitest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// exported lists what the package in a directory exports, one line each, sorted. It lists nothing for a directory without a
// package that others can import.
func exported(dir string) ([]string, error) {
	system := build.Default
	system.GOOS, system.GOARCH, system.CgoEnabled, system.BuildTags = "linux", "amd64", false, nil
	names, err := system.ImportDir(dir, 0)
	switch none := (*build.NoGoError)(nil); {
	case errors.As(err, &none):
		return nil, nil
	case err != nil:
		return nil, err
	case names.IsCommand():
		return nil, nil
	}
	l := &list{files: token.NewFileSet()}
	for _, name := range names.GoFiles {
		file, err := parser.ParseFile(l.files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				l.function(decl)
			case *ast.GenDecl:
				l.general(decl)
			}
		}
	}
	slices.Sort(l.lines)
	return l.lines, nil
}

// list gathers lines.
type list struct {
	files *token.FileSet
	lines []string
}

func (l *list) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// text returns the source of a node in one line.
func (l *list) text(node any) string {
	var b bytes.Buffer
	if err := (&printer.Config{Mode: printer.RawFormat}).Fprint(&b, l.files, node); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// function adds a function, or a method of an exported type.
func (l *list) function(f *ast.FuncDecl) {
	if !f.Name.IsExported() {
		return
	}
	head := &ast.FuncDecl{Recv: f.Recv, Name: f.Name, Type: f.Type}
	if f.Recv != nil {
		receiver := f.Recv.List[0].Type
		if !ast.IsExported(baseName(receiver)) {
			return
		}
		head.Recv = &ast.FieldList{List: []*ast.Field{{Type: receiver}}}
	}
	l.add("%s", l.text(head))
}

// baseName returns the name of a receiver's type.
func baseName(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name
	case *ast.StarExpr:
		return baseName(expr.X)
	case *ast.IndexExpr:
		return baseName(expr.X)
	case *ast.IndexListExpr:
		return baseName(expr.X)
	default:
		return ""
	}
}

// general adds constants, variables and types.
func (l *list) general(d *ast.GenDecl) {
	var repeated string // what a constant without an expression repeats
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				l.typ(spec)
			}
		case *ast.ValueSpec:
			typ := ""
			if spec.Type != nil {
				typ = " " + l.text(spec.Type)
			}
			if d.Tok == token.CONST && (typ != "" || len(spec.Values) > 0) {
				repeated = typ
			}
			for i, name := range spec.Names {
				if !name.IsExported() {
					continue
				}
				line := d.Tok.String() + " " + name.Name
				switch {
				case d.Tok == token.VAR:
					line += typ
				case i < len(spec.Values):
					line += typ + " = " + l.text(spec.Values[i])
				default:
					line += repeated
				}
				l.add("%s", line)
			}
		}
	}
}

// typ adds a type, and the fields or methods that it declares.
func (l *list) typ(spec *ast.TypeSpec) {
	head, params := "type "+spec.Name.Name, ""
	if spec.TypeParams != nil {
		var names []string
		for _, p := range spec.TypeParams.List {
			for _, name := range p.Names {
				names = append(names, name.Name+" "+l.text(p.Type))
			}
		}
		params = "[" + strings.Join(names, ", ") + "]"
	}
	if spec.Assign.IsValid() {
		params += " ="
	}
	var members *ast.FieldList
	kind := ""
	switch t := spec.Type.(type) {
	case *ast.StructType:
		kind, members = "struct", t.Fields
	case *ast.InterfaceType:
		kind, members = "interface", t.Methods
	default:
		kind = l.text(spec.Type)
	}
	l.add("%s%s %s", head, params, kind)
	if members == nil {
		return
	}
	for _, field := range members.List {
		if len(field.Names) == 0 {
			l.add("%s: embeds %s", head, l.text(field.Type))
		}
		for _, name := range field.Names {
			switch {
			case !name.IsExported() && kind == "interface":
				l.add("%s: has methods that are not exported", head)
			case !name.IsExported():
			case kind == "interface":
				l.add("%s: %s", head, name.Name+strings.TrimPrefix(l.text(field.Type), "func"))
			default:
				l.add("%s: %s %s", head, name.Name, l.text(field.Type))
			}
		}
	}
}
