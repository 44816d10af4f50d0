package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// program is a version with its header.
type program struct {
	version *state.Version
	header  scripts.Header
}

// overlap is what becomes of a run while another one goes. Each event has its run unless @overlap says otherwise, one behind the other:
// with @key those of one key, or else all.
func (p *program) overlap(kind state.TriggerKind) scripts.Overlap {
	switch {
	case p.header.Overlap != "":
		return p.header.Overlap
	case kind == state.ByEvent:
		return scripts.OverlapQueue
	}
	return scripts.OverlapSkip
}

// skips reports whether a run of the script is skipped while another one goes.
func (p *program) skips(kind state.TriggerKind) bool { return p.overlap(kind) == scripts.OverlapSkip }

// makesUp reports whether all missed ticks of the script run.
func (p *program) makesUp() bool {
	return p.header.Missed != nil && p.header.Missed.Policy == scripts.MissedAll
}

// programs are the versions that were needed lately, by hash.
type programs struct {
	mu     sync.Mutex
	byHash map[string]*program
	// byScript are those that scripts had lately.
	byScript map[string]*program
	// size is that of the files, in bytes.
	size int
}

// maxPrograms bounds the size of the versions that are kept, in bytes.
const maxPrograms = 64 << 20

// errVersion tells that the database did not give a version which it may have.
var errVersion = errors.New("version")

// program loads a version. Its header was right when it was saved.
func (s *Scheduler) program(ctx context.Context, hash string) (*program, error) {
	s.programs.mu.Lock()
	known := s.programs.byHash[hash]
	s.programs.mu.Unlock()
	if known != nil {
		return known, nil
	}
	version, err := s.DB.Version(ctx, hash)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return nil, fmt.Errorf("%w %s: %w", errVersion, hash, err)
	}
	if err != nil {
		return nil, fmt.Errorf("version %s: %w", hash, err)
	}
	header, err := scripts.ReadHeader(version.Files[version.Entry], engine.Language(version.Language))
	if err != nil {
		return nil, fmt.Errorf("version %s: %w", hash, err)
	}
	loaded := &program{version, header}
	s.programs.mu.Lock()
	defer s.programs.mu.Unlock()
	s.programs.add(loaded)
	return loaded, nil
}

// add keeps a version. When there are too many, those that are needed are loaded again.
func (p *programs) add(one *program) {
	for _, content := range one.version.Files {
		p.size += len(content)
	}
	if p.byHash == nil || p.size > maxPrograms {
		p.byHash, p.byScript, p.size = map[string]*program{}, map[string]*program{}, 0
	}
	p.byHash[one.version.Hash] = one
}

// latest is the version that a script had lately, or nil.
func (p *programs) latest(script string) *program {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byScript[script]
}

func (p *programs) note(script string, one *program) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byScript == nil {
		p.byScript = map[string]*program{}
	}
	p.byScript[script] = one
}
