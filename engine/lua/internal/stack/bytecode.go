package stack

import (
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// Opcode returns an instruction's opcode. gopher-lua exports these, and not the layout of its instructions.
func Opcode(inst uint32) int { return int(inst >> 26) }

func argA(inst uint32) int   { return int(inst>>18) & 0xff }
func argB(inst uint32) int   { return int(inst & 0x1ff) }
func argC(inst uint32) int   { return int(inst>>9) & 0x1ff }
func argBx(inst uint32) int  { return int(inst & 0x3ffff) }
func argSbx(inst uint32) int { return argBx(inst) - 0x1ffff }

// constantBit marks an operand that is a constant and not a register.
const constantBit = 0x100

// origin describes where the value in a register comes from at an instruction: global 'print', field 'name'. It knows no local
// variables, since gopher-lua's table of their scopes is wrong in functions with several blocks. It is empty when it cannot
// tell.
func origin(proto *glua.FunctionProto, pc, reg int) string {
	at := lastWrite(proto, pc, reg)
	if at < 0 {
		return ""
	}
	inst := proto.Code[at]
	switch Opcode(inst) {
	case glua.OP_GETGLOBAL:
		return "global '" + constant(proto, argBx(inst)) + "'"
	case glua.OP_GETUPVAL:
		if b := argB(inst); b < len(proto.DbgUpvalues) {
			return "upvalue '" + proto.DbgUpvalues[b] + "'"
		}
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS:
		if c := argC(inst); c&constantBit != 0 && c&^constantBit < len(proto.Constants) {
			if n, ok := proto.Constants[c&^constantBit].(glua.LNumber); ok {
				return "item " + syntax.Text(n) + " of a list"
			}
			return "field '" + constant(proto, c&^constantBit) + "'"
		}
		return "an item of a table"
	case glua.OP_SELF:
		if c := argC(inst); c&constantBit != 0 {
			return "method '" + constant(proto, c&^constantBit) + "'"
		}
	case glua.OP_CALL:
		for _, call := range proto.DbgCalls {
			if call.Pc == at && call.Name != "?" {
				return "result of '" + call.Name + "'"
			}
		}
		return "a function's result"
	}
	return ""
}

func constant(proto *glua.FunctionProto, i int) string {
	if i < len(proto.Constants) {
		return syntax.Text(proto.Constants[i])
	}
	return "?"
}

// lastWrite is the instruction before pc that gave a register its value, or -1 when a jump makes that uncertain.
func lastWrite(proto *glua.FunctionProto, pc, reg int) int {
	found, certainFrom := -1, 0
	for at := 0; at < pc; at++ {
		inst := proto.Code[at]
		a := argA(inst)
		writes := false
		switch Opcode(inst) {
		case glua.OP_LOADNIL:
			writes = a <= reg && reg <= argB(inst)
		case glua.OP_TFORLOOP:
			writes = reg >= a+2
		case glua.OP_CALL, glua.OP_TAILCALL:
			writes = reg >= a
		case glua.OP_SELF:
			writes = reg == a || reg == a+1
		case glua.OP_JMP:
			if to := at + 1 + argSbx(inst); at < to && to <= pc {
				certainFrom = max(certainFrom, to)
			}
		case glua.OP_FORLOOP, glua.OP_FORPREP:
			writes = reg >= a && reg <= a+3
		case glua.OP_CLOSURE:
			writes = reg == a
			at += int(proto.FunctionPrototypes[argBx(inst)].NumUpvalues) // pseudo instructions
		case glua.OP_SETLIST:
			if argC(inst) == 0 {
				at++
			}
		case glua.OP_SETGLOBAL, glua.OP_SETUPVAL, glua.OP_SETTABLE, glua.OP_SETTABLEKS, glua.OP_EQ, glua.OP_LT, glua.OP_LE,
			glua.OP_TEST, glua.OP_RETURN, glua.OP_CLOSE, glua.OP_NOP:
		case glua.OP_VARARG:
			writes = reg >= a
		default:
			writes = reg == a
		}
		if writes {
			if found = at; at < certainFrom {
				found = -1
			}
		}
	}
	return found
}
