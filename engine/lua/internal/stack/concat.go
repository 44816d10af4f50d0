package stack

import (
	"strings"
	"unsafe"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// instruction executes an instruction in gopher-lua's table of them.
type instruction = func(L *glua.LState, inst uint32, baseframe unsafe.Pointer) int

// jumpTable is where gopher-lua finds the function of an opcode. Its operator .. writes numbers in Go's form, and nothing else
// of it that scripts reach does: the libraries are ours.
//
//go:linkname jumpTable github.com/yuin/gopher-lua.jumpTable
var jumpTable [glua.OP_NOP + 1]instruction

var stockConcat instruction

func init() {
	stockConcat = jumpTable[glua.OP_CONCAT]
	jumpTable[glua.OP_CONCAT] = concat
}

// concat is the operator .. with numbers as Lua writes them. It leaves VMs alone that are not of this module.
func concat(L *glua.LState, inst uint32, baseframe unsafe.Pointer) int {
	frame := Frame{*fieldAt[unsafe.Pointer](unsafe.Pointer(L), internals().currentFrame)}
	first, last := frame.localBase()+argB(inst), frame.localBase()+argC(inst)
	for _, value := range registers(L)[first : last+1] {
		switch value := value.(type) {
		case glua.LString:
			continue
		case glua.LNumber:
			if syntax.IsPlain(float64(value)) {
				continue
			}
		}
		if _, ours := L.Context().(Chunks); !ours {
			break
		}
		joined := join(L, first, last) // before the registers are asked for: a metamethod may give them another place
		registers(L)[first] = joined
		const operands = 0x3ffff // arguments B and C of an instruction
		b := uint32(argB(inst))
		return stockConcat(L, inst&^operands|b<<9|b, baseframe)
	}
	return stockConcat(L, inst, baseframe)
}

// registers are the values of a thread. Calls may give it others.
func registers(L *glua.LState) []glua.LValue {
	in := internals()
	return *fieldAt[[]glua.LValue](*fieldAt[unsafe.Pointer](unsafe.Pointer(L), in.registry), in.registryArray)
}

// join concatenates the values of registers, from the right as Lua does.
func join(L *glua.LState, first, last int) glua.LValue {
	right := registers(L)[last]
	for i := last - 1; i >= first; {
		left := registers(L)[i]
		if !glua.LVCanConvToString(left) || !glua.LVCanConvToString(right) {
			right = joinByMetamethod(L, left, right)
			i--
			continue
		}
		texts := []string{syntax.Text(right)}
		for ; i >= first && glua.LVCanConvToString(registers(L)[i]); i-- {
			texts = append(texts, syntax.Text(registers(L)[i]))
		}
		size := 0
		for _, text := range texts {
			size += len(text)
		}
		var b strings.Builder
		b.Grow(size)
		for j := len(texts) - 1; j >= 0; j-- {
			b.WriteString(texts[j])
		}
		right = glua.LString(b.String())
	}
	return right
}

func joinByMetamethod(L *glua.LState, left, right glua.LValue) glua.LValue {
	method := L.GetMetaField(left, "__concat")
	if method == glua.LNil {
		method = L.GetMetaField(right, "__concat")
	}
	if method.Type() != glua.LTFunction {
		L.RaiseError("cannot perform concat operation between %v and %v", left.Type().String(), right.Type().String())
	}
	L.Push(method)
	L.Push(left)
	L.Push(right)
	L.Call(2, 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}
