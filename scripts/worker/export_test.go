//go:build unix

package worker

import (
	"time"

	"github.com/crisphost/crisphost/scripts/worker/internal/room"
)

// Processes are the ids of the processes that serve a script, or of the fresh ones for "".
func (p *Pool) Processes(script string) (ids []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.all {
		if w.script == script {
			ids = append(ids, w.cmd.Process.Pid)
		}
	}
	return ids
}

// SetSilence sets how long a worker may say nothing.
func (p *Pool) SetSilence(d time.Duration) { p.silence = d }

// Room is what calls hold.
func (p *Pool) Room() room.Stats { return p.room.Stats() }
