package stack

import (
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// maxLineCode bounds how far back a line's instructions are looked at, for scripts that stand in one long line.
const maxLineCode = 2000

// ColumnOf is the column, in characters, of what an instruction stands for: failing that, of its line's first character.
func ColumnOf(c *syntax.Chunk, proto *glua.FunctionProto, pc int) int {
	text := sourceline.At(c.Code, proto.DbgSourcePositions[pc])
	list, i, mark := locate(c, proto, pc)
	if i < 0 {
		return syntax.FirstColumn(text)
	}
	if mark.call {
		i = chainStart(list, i)
	}
	return syntax.CharColumn(text, list[i].Pos.Column)
}

// locate finds the token that an instruction came from among those of its line. Bytecode has lines only. The index is -1 when
// there is none.
func locate(c *syntax.Chunk, proto *glua.FunctionProto, pc int) (list []ast.Token, i int, mark tokenMark) {
	line := proto.DbgSourcePositions[pc]
	mark, ok := markOf(proto, pc)
	if !ok {
		return nil, -1, mark
	}
	// The n-th such instruction of the line belongs to the n-th such token.
	n := 0
	for at := max(0, pc-maxLineCode); at < pc; at++ {
		if proto.DbgSourcePositions[at] != line {
			continue
		}
		if other, ok := markOf(proto, at); ok && other == mark {
			n++
		}
	}
	found := -1
	list = c.LineTokens(line)
	for i := range list {
		if mark.at(list, i) {
			found = i
			if n--; n < 0 {
				break
			}
		}
	}
	return list, found, mark
}

// tokenMark is what an instruction looks like in the source.
type tokenMark struct {
	text string
	call bool // the name of what is called
	key  bool // the name after a dot or colon
}

func (m tokenMark) at(list []ast.Token, i int) bool {
	tok := list[i]
	if tok.Str != m.text || tok.Type == parse.TString {
		return false
	}
	switch {
	case m.call:
		if i+1 == len(list) {
			return false
		}
		next := list[i+1]
		return next.Str == "(" || next.Str == "{" || next.Type == parse.TString
	case m.key:
		return i > 0 && (list[i-1].Str == "." || list[i-1].Str == ":")
	}
	return true
}

// markOf is how an instruction of a function looks in the source, if it can be told.
func markOf(proto *glua.FunctionProto, pc int) (tokenMark, bool) {
	inst := proto.Code[pc]
	key := func(rk int) (tokenMark, bool) {
		name := ""
		if rk&constantBit != 0 {
			name = constant(proto, rk&^constantBit)
		} else if at := lastWrite(proto, pc, rk); at >= 0 && Opcode(proto.Code[at]) == glua.OP_LOADK {
			name = constant(proto, argBx(proto.Code[at]))
		}
		if !syntax.IsName(name) {
			return tokenMark{text: "["}, true
		}
		return tokenMark{text: name, key: true}, true
	}
	switch Opcode(inst) {
	case glua.OP_CALL, glua.OP_TAILCALL:
		for _, call := range proto.DbgCalls {
			if call.Pc == pc && syntax.IsName(call.Name) {
				return tokenMark{text: call.Name, call: true}, true
			}
		}
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS, glua.OP_SELF:
		return key(argC(inst))
	case glua.OP_SETTABLE, glua.OP_SETTABLEKS:
		return key(argB(inst))
	case glua.OP_ADD:
		return tokenMark{text: "+"}, true
	case glua.OP_SUB, glua.OP_UNM:
		return tokenMark{text: "-"}, true
	case glua.OP_MUL:
		return tokenMark{text: "*"}, true
	case glua.OP_DIV:
		return tokenMark{text: "/"}, true
	case glua.OP_MOD:
		return tokenMark{text: "%"}, true
	case glua.OP_POW:
		return tokenMark{text: "^"}, true
	case glua.OP_LEN:
		return tokenMark{text: "#"}, true
	case glua.OP_CONCAT:
		return tokenMark{text: ".."}, true
	case glua.OP_FORPREP, glua.OP_TFORLOOP:
		return tokenMark{text: "for"}, true
	}
	return tokenMark{}, false
}

// chainStart is where the expression begins whose last name is at i: the a of a.b:c.
func chainStart(list []ast.Token, i int) int {
	for i >= 2 && (list[i-1].Str == "." || list[i-1].Str == ":") && list[i-2].Type == parse.TIdent {
		i -= 2
	}
	return i
}
