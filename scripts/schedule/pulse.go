package schedule

import (
	"context"
	"sync"
	"time"
)

// pulse notices that the process stood still: stopped by a signal, or with its machine. Others may have taken its runs over
// then, and nothing of these may go on before the next heartbeat has told.
type pulse struct {
	mu       sync.Mutex
	last     time.Time
	patience time.Duration
	// doubt is closed when a heartbeat has told, and nil while there is no doubt.
	doubt chan struct{}
}

func (p *pulse) init() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// loop runs apart from the heartbeat, which may hang on the database while the process is well.
func (p *pulse) loop(ctx context.Context, deadAfter time.Duration) {
	p.mu.Lock()
	p.patience = deadAfter / 2
	p.mu.Unlock()
	for sleep(ctx, deadAfter/20) {
		p.feel()
	}
	p.calm()
}

// feel notes that the process goes, and returns a channel to wait for if it has not for a while.
func (p *pulse) feel() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.doubt == nil && p.patience > 0 && now.Sub(p.last) > p.patience {
		p.doubt = make(chan struct{})
	}
	p.last = now
	return p.doubt
}

// settle ends a doubt, after runs that were lost have ended. The heartbeat that settles it must have begun after it.
func (p *pulse) settle(doubt chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if doubt != nil && p.doubt == doubt {
		close(doubt)
		p.doubt = nil
	}
}

// calm lets all go that wait, at the end.
func (p *pulse) calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.patience = 0
	if p.doubt != nil {
		close(p.doubt)
		p.doubt = nil
	}
}

// Confirm implements [Sink].
func (k *runSink) Confirm(ctx context.Context) error {
	if doubt := k.s.pulse.feel(); doubt != nil {
		select {
		case <-doubt:
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}
