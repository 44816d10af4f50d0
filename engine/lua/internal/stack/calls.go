package stack

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// Call is a call of a Lua function. It becomes an engine.Frame when somebody wants to see it.
type Call struct {
	Proto    *glua.FunctionProto
	PC       int
	Function string
}

// MaxFrames bounds a trace. Of deeper ones the innermost and the outermost calls are kept.
const MaxFrames = 40

// Calls lists the calls of Lua functions from f outwards.
func Calls(f Frame) []Call {
	var list []Call
	for ; f.Valid(); f = f.Parent() {
		fn := f.Fn()
		if fn.IsG {
			continue
		}
		list = append(list, Call{Proto: fn.Proto, PC: f.PC(), Function: callName(f.Parent())})
	}
	if len(list) > MaxFrames {
		list = append(list[:MaxFrames*3/4:MaxFrames*3/4], list[len(list)-MaxFrames/4:]...)
	}
	return list
}

// callName is the name by which a frame calls a function at its current instruction, or empty.
func callName(f Frame) string {
	if !f.Valid() || f.Fn().IsG {
		return ""
	}
	pc := f.PC()
	for _, call := range f.Fn().Proto.DbgCalls {
		if call.Pc == pc && call.Name != "?" {
			return call.Name
		}
	}
	return ""
}

// Where is "file:line: " for a frame of a Lua function, else empty.
func Where(f Frame) string {
	if !f.Valid() || f.Fn().IsG {
		return ""
	}
	proto := f.Fn().Proto
	return fmt.Sprintf("%s:%d: ", proto.SourceName, proto.DbgSourcePositions[f.PC()])
}

// SplitPosition takes "file:line: " off a message. Only files that are known count, since a message may look the same.
func SplitPosition(message string, known func(file string) bool) (file string, line int, rest string) {
	for i := range len(message) {
		if message[i] != ':' {
			continue
		}
		n, j := 0, i+1
		for ; j < len(message) && message[j] >= '0' && message[j] <= '9' && j-i < 10; j++ {
			n = n*10 + int(message[j]-'0')
		}
		if j > i+1 && strings.HasPrefix(message[j:], ": ") && known(message[:i]) {
			return message[:i], n, message[j+2:]
		}
	}
	return "", 0, message
}
