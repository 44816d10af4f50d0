package bundle

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// Trace returns the part of a stack that lies in the user's files.
func (p *Program) Trace(frames []goja.StackFrame) []engine.Frame {
	var result []engine.Frame
	for _, frame := range frames {
		at, _, ok := p.FramePosition(frame)
		if !ok {
			continue
		}
		name := frame.FuncName()
		if name == syntax.MainFunction || isFileName(name) {
			name = ""
		}
		result = append(result, engine.Frame{Position: at, Function: name})
	}
	return result
}

// isFileName tells the functions that esbuild puts around CommonJS files, which bear the file's name.
func isFileName(name string) bool { return strings.ContainsAny(name, "./") }

// FramePosition returns the place of a frame, if that lies in the user's files.
func (p *Program) FramePosition(frame goja.StackFrame) (engine.Position, *SourceFile, bool) {
	at := frame.Position()
	return Position(p.Sources, engine.Position{File: at.Filename, Line: at.Line, Column: at.Column})
}
