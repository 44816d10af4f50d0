//go:build unix

package guest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/fresh"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// maxProgram bounds the files of a program together, in bytes: a frame takes a little more.
const maxProgram = 64 << 20

// compileOnly compiles a source and returns the contents of the files that it is made of.
func (g *guestRun) compileOnly(m *wire.RunMessage, code []byte) (contents []byte, end *wire.ResultMessage) {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	g.begin(g.id, stop)
	defer g.end()
	defer g.sayAlive()()
	defer g.watchMemory(m.Memory, stop)()
	program, err := g.engine.Compile(fresh.With(ctx), engine.Source{
		Name: m.Compile.Name, Code: code, Language: m.Compile.Language, Root: m.Compile.Root, Dir: m.Compile.Dir,
	})
	var failure *engine.Error
	if errors.As(err, &failure) && failure.Kind != engine.KindCompile {
		// What was stopped goes on in the background.
		return nil, &wire.ResultMessage{Error: wire.BoundError(runError(ctx, err))}
	}
	end = &wire.ResultMessage{Clean: true, Compiled: &wire.CompiledMessage{}}
	if err == nil {
		contents, end.Compiled.Files, err = filesOf(m, program)
	}
	if err != nil {
		end.Compiled.Error = wire.CompileErrorOf(err)
	}
	return contents, end
}

// filesOf returns the names of a program's files and their contents, one behind the other.
func filesOf(m *wire.RunMessage, program engine.Program) (contents []byte, files []wire.File, err error) {
	bundled, ok := program.(engine.Bundled)
	if !ok {
		return nil, nil, nil
	}
	all := bundled.Files()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		files = append(files, wire.File{Name: name, Size: len(all[name])})
		contents = append(contents, all[name]...)
	}
	if len(contents) > maxProgram {
		return nil, nil, &engine.Error{
			Kind: engine.KindCompile, Position: engine.Position{File: m.Compile.Name},
			Message: fmt.Sprintf("the script and its imports are %d MiB, more than the %d MiB that a script may have", len(contents)>>20, maxProgram>>20),
		}
	}
	return contents, files, nil
}
