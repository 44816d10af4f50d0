//go:build unix

package host

import (
	"context"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

var _ console.Backend = (*Host)(nil)

// Trigger asks for a run of a script by hand and answers its ID. It works for paused and disabled scripts too.
func (h *Host) Trigger(ctx context.Context, script string, args []string, by string) (string, error) {
	run, err := h.config.DB.Trigger(ctx, script, state.Trigger{Kind: state.ByHand, By: by, Args: args})
	if err != nil {
		return "", err
	}
	h.scheduler.Wake()
	h.events.tell(console.Event{Script: script, Run: run.ID})
	return run.ID, nil
}

// TriggerAgain asks for a run of the script of an earlier run for the events that started that one, and answers its ID.
func (h *Host) TriggerAgain(ctx context.Context, earlier, by string) (string, error) {
	run, err := h.config.DB.Run(ctx, earlier)
	if err == nil {
		run, err = h.config.DB.Replay(ctx, run.Script, run.ID, by)
	}
	if err != nil {
		return "", err
	}
	h.scheduler.Wake()
	h.events.tell(console.Event{Script: run.Script, Run: run.ID})
	return run.ID, nil
}

// Pause has no schedule run a script until Resume.
func (h *Host) Pause(ctx context.Context, script, by string) error {
	return h.setPaused(ctx, script, true, by)
}

// Resume has the schedules of a script run it again. What was due meanwhile is not made up for.
func (h *Host) Resume(ctx context.Context, script, by string) error {
	return h.setPaused(ctx, script, false, by)
}

func (h *Host) setPaused(ctx context.Context, script string, paused bool, by string) error {
	if err := h.config.DB.SetPaused(ctx, script, paused, by); err != nil {
		return err
	}
	h.scheduler.Wake()
	h.events.tell(console.Event{Script: script})
	return nil
}

// Cancel ends a run, wherever it goes.
func (h *Host) Cancel(ctx context.Context, id, by string) error {
	run, err := h.config.DB.CancelRun(ctx, id, by)
	if err != nil {
		return err
	}
	h.scheduler.Wake()
	h.events.tell(console.Event{Script: run.Script, Run: run.ID})
	return nil
}
