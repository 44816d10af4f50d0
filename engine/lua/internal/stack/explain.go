package stack

import (
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Explain puts gopher-lua's messages into the words of Lua and names the variable at fault where the frame tells it. Other
// values and messages stay as they are.
func Explain(L *glua.LState, f Frame, value glua.LValue) glua.LValue {
	text, ok := value.(glua.LString)
	if !ok {
		return value
	}
	if f.Valid() && len(Calls(f)) == 0 {
		text = glua.LString(strings.TrimPrefix(string(text), " ")) // stands after a position where there is one
		value = text
	}
	prefix, message := "", string(text)
	if _, _, rest := SplitPosition(message, func(string) bool { return true }); rest != message {
		prefix, message = message[:len(message)-len(rest)], rest
	}
	if f.Valid() && f.Fn().IsG {
		f = Frame{}
	}
	site := site{L: L, frame: f}
	if better := site.rephrase(message); better != "" {
		return glua.LString(prefix + better)
	}
	return value
}

// Overflow is an error value, with its place and in Lua's words if it is gopher-lua's of too many nested calls.
func Overflow(f Frame, value glua.LValue) glua.LValue {
	text, ok := value.(glua.LString)
	if !ok || !strings.Contains(string(text), "callstack overflow") {
		return value
	}
	for f.Valid() && f.Fn().IsG {
		f = f.Parent()
	}
	return glua.LString(Where(f) + callOverflow())
}

// Chunks is what the context of a thread has whose errors name variables: its chunks by the names that they have in errors.
type Chunks interface {
	// ChunkNamed returns nil where there is none.
	ChunkNamed(name string) *syntax.Chunk
}

// site is the instruction that failed.
type site struct {
	L     *glua.LState
	frame Frame
}

func (s site) rephrase(message string) string {
	switch {
	case strings.HasPrefix(message, "attempt to index a non-table object("):
		kind, rest, _ := strings.Cut(strings.TrimPrefix(message, "attempt to index a non-table object("), ")")
		key := strings.TrimSuffix(strings.TrimPrefix(rest, " with key '"), "'")
		return "attempt to index a " + kind + " value" + s.operand(key)
	case message == "attempt to call a non-function object":
		return "attempt to call " + s.called()
	case strings.HasPrefix(message, "cannot perform concat operation between "):
		kind := culprit(message, "string", "number")
		return "attempt to concatenate a " + kind + " value" + s.concatOperand(kind)
	case strings.HasPrefix(message, "cannot perform "):
		kind := culprit(message, "number", "")
		return "attempt to perform arithmetic on a " + kind + " value" + s.arithmeticOperand(kind)
	case message == "__unm undefined":
		return "attempt to perform arithmetic on a " + s.unaryKind() + " value" + s.unaryOperand()
	case message == "__len undefined":
		return "attempt to get length of a " + s.unaryKind() + " value" + s.unaryOperand()
	case strings.HasPrefix(message, "attempt to compare "):
		left, right, ok := strings.Cut(strings.TrimPrefix(message, "attempt to compare "), " with ")
		if ok && left == right {
			return "attempt to compare two " + left + " values"
		}
	case strings.HasPrefix(message, "for statement "):
		what := strings.TrimSuffix(strings.TrimPrefix(message, "for statement "), " must be a number")
		if what == "init" {
			what = "initial value"
		}
		return "'for' " + what + " must be a number"
	case message == "registry overflow":
		return "stack overflow: too many values on the stack"
	}
	return ""
}

// culprit is the operand's type that an operator does not take, of "... between X and Y".
func culprit(message, good, alsoGood string) string {
	_, pair, _ := strings.Cut(message, " between ")
	left, right, _ := strings.Cut(pair, " and ")
	if left == good || left == alsoGood {
		return right
	}
	return left
}

// inst is the failing instruction, and false where there is none to look at.
func (s site) inst() (uint32, bool) {
	if !s.frame.Valid() {
		return 0, false
	}
	code := s.frame.Fn().Proto.Code
	if pc := s.frame.PC(); pc >= 0 && pc < len(code) {
		return code[pc], true
	}
	return 0, false
}

// name is " (field 'x')" for what is in a register, or empty. Variable is the token that names it, if one does.
func (s site) name(reg int, variable string) string {
	if reg&constantBit != 0 {
		return ""
	}
	from := origin(s.frame.Fn().Proto, s.frame.PC(), reg)
	if variable != "" && from != "global '"+variable+"'" && from != "upvalue '"+variable+"'" {
		from = "local '" + variable + "'"
	}
	if from == "" {
		return ""
	}
	return " (" + from + ")"
}

// line is the tokens of the failing line and the one that the instruction came from, or -1.
func (s site) line() ([]ast.Token, int) {
	proto := s.frame.Fn().Proto
	sources, ok := s.L.Context().(Chunks)
	if !ok {
		return nil, -1
	}
	c := sources.ChunkNamed(proto.SourceName)
	if c == nil {
		return nil, -1
	}
	list, i, _ := locate(c, proto, s.frame.PC())
	return list, i
}

// variableBefore is the variable whose name stands at i as the end of an expression, or empty.
func variableBefore(list []ast.Token, i int) string {
	if i < 0 || i >= len(list) || list[i].Type != parse.TIdent || i > 0 && (list[i-1].Str == "." || list[i-1].Str == ":") {
		return ""
	}
	return list[i].Str
}

// variableAfter is the variable that stands at i and is a whole expression, or empty.
func variableAfter(list []ast.Token, i int) string {
	if i < 0 || i >= len(list) || list[i].Type != parse.TIdent {
		return ""
	}
	if i+1 < len(list) {
		switch next := list[i+1]; {
		case next.Type == parse.TString, next.Str == ".", next.Str == ":", next.Str == "[", next.Str == "(", next.Str == "{":
			return ""
		}
	}
	return list[i].Str
}

// operand names what was indexed, and the key that was asked for where that is unknown.
func (s site) operand(key string) string {
	fallback := ""
	if key != "" {
		fallback = " (asked for '" + key + "')"
	}
	inst, ok := s.inst()
	if !ok {
		return fallback
	}
	name := ""
	list, i := s.line()
	before := i - 2 // a dot or colon stands between
	if i >= 0 && list[i].Str == "[" {
		before = i - 1
	}
	switch Opcode(inst) {
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS, glua.OP_SELF:
		name = s.name(argB(inst), variableBefore(list, before))
	case glua.OP_SETTABLE, glua.OP_SETTABLEKS:
		name = s.name(argA(inst), variableBefore(list, before))
	}
	if name == "" {
		return fallback
	}
	return name
}

// called describes what a call tried to call.
func (s site) called() string {
	inst, ok := s.inst()
	if !ok {
		return "a value that is not a function"
	}
	reg := argA(inst)
	kind := TypeName(s.register(reg))
	switch Opcode(inst) {
	case glua.OP_CALL, glua.OP_TAILCALL:
		list, i := s.line()
		return "a " + kind + " value" + s.name(reg, variableBefore(list, i))
	case glua.OP_TFORLOOP:
		if kind == "table" {
			return "a table value; write 'in pairs(t)' or 'in ipairs(t)' to loop over a table"
		}
		return "a " + kind + " value as the iterator of a for loop"
	}
	return "a value that is not a function"
}

// register is a register's value.
func (s site) register(reg int) glua.LValue {
	for level := 0; ; level++ {
		dbg, ok := s.L.GetStack(level)
		if !ok {
			return glua.LNil
		}
		if frameOf(dbg) == s.frame {
			_, value := s.L.GetLocal(dbg, reg+1)
			return value
		}
	}
}

func (s site) unaryKind() string {
	if inst, ok := s.inst(); ok && argB(inst)&constantBit == 0 {
		return TypeName(s.register(argB(inst)))
	}
	return "wrong"
}

func (s site) unaryOperand() string {
	if inst, ok := s.inst(); ok {
		list, i := s.line()
		return s.name(argB(inst), variableAfter(list, i+1))
	}
	return ""
}

// arithmeticOperand names the operand of that type.
func (s site) arithmeticOperand(kind string) string {
	inst, ok := s.inst()
	if !ok {
		return ""
	}
	list, i := s.line()
	if i < 0 {
		list = nil
	}
	if reg := argB(inst); reg&constantBit == 0 && TypeName(s.register(reg)) == kind {
		return s.name(reg, variableBefore(list, i-1))
	}
	if reg := argC(inst); reg&constantBit == 0 && TypeName(s.register(reg)) == kind {
		return s.name(reg, variableAfter(list, i+1))
	}
	return ""
}

// concatOperand names the last operand of that type, since concatenation goes from right to left.
func (s site) concatOperand(kind string) string {
	inst, ok := s.inst()
	if !ok || Opcode(inst) != glua.OP_CONCAT {
		return ""
	}
	for reg := argC(inst); reg >= argB(inst); reg-- {
		if TypeName(s.register(reg)) == kind {
			return s.name(reg, s.concatVariable(reg, reg-argB(inst)))
		}
	}
	return ""
}

// concatVariable is the local variable that is operand n of a concatenation, or empty.
func (s site) concatVariable(reg, n int) string {
	proto, pc := s.frame.Fn().Proto, s.frame.PC()
	if at := lastWrite(proto, pc, reg); at < 0 || Opcode(proto.Code[at]) != glua.OP_MOVE && Opcode(proto.Code[at]) != glua.OP_MOVEN {
		return ""
	}
	list, i := s.line()
	if i < 0 {
		return ""
	}
	if n == 0 {
		return variableBefore(list, i-1)
	}
	for ; i < len(list); i++ {
		if list[i].Str == ".." {
			if n--; n == 0 {
				return variableAfter(list, i+1)
			}
		}
	}
	return ""
}

// TypeName is how errors call the type of an argument.
func TypeName(value glua.LValue) string {
	if value == glua.LNil {
		return "nil"
	}
	return value.Type().String()
}
