package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp/hooks"
)

// line posts to one URL, in order. An attempt that fails lets the following deliveries pass.
type line struct {
	sender *Sender
	url    string
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	hook  Hook
	queue []*delivery
	// posting is the number of goroutines, and later the timers of deliveries that wait for their next attempt.
	posting int
	later   map[*delivery]*time.Timer
	counts  State
}

// delivery is an event on its way to one URL.
type delivery struct {
	event string
	body  []byte
	// attempts is the number of those that were made.
	attempts int
	// repeat has the delivery posted again after it was accepted.
	repeat bool
}

func newLine(s *Sender, h Hook) *line {
	l := &line{sender: s, url: h.URL, later: map[*delivery]*time.Timer{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func (l *line) set(h Hook) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = h
}

func (l *line) takes(website, event string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return (l.hook.WebsiteID == "" || l.hook.WebsiteID == website) &&
		(len(l.hook.Events) == 0 || slices.Contains(l.hook.Events, event))
}

func (l *line) state() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := l.counts
	state.Hook, state.Waiting = l.hook, len(l.queue)+len(l.later)+l.posting
	return state
}

// stop gives up what waits. The sender's lock is held, or the line is no longer known to it.
func (l *line) stop() {
	l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, timer := range l.later {
		timer.Stop()
	}
	clear(l.later)
	l.queue = nil
}

// add queues a delivery, now or after a time, or drops it when too many wait.
func (l *line) add(d *delivery, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue)+len(l.later) >= l.sender.opts.Queue {
		l.drop(d, fmt.Sprintf("%d deliveries wait for the URL already", l.sender.opts.Queue))
		return
	}
	l.schedule(d, wait)
}

func (l *line) drop(d *delivery, why string) {
	l.counts.Dropped++
	if n := l.counts.Dropped; n&(n-1) == 0 { // a storm is told of in some lines, not in one for each event
		l.sender.opts.Log.Warn("web hooks are dropped", "event", d.event, "url", l.url, "attempts", d.attempts,
			"reason", why, "dropped", n)
	}
}

// schedule has a delivery posted, with l.mu held.
func (l *line) schedule(d *delivery, wait time.Duration) {
	if l.ctx.Err() != nil {
		return
	}
	if wait > 0 {
		l.later[d] = time.AfterFunc(wait, func() { l.due(d) })
		return
	}
	l.queue = append(l.queue, d)
	if l.posting < l.sender.opts.Parallel {
		l.posting++
		l.sender.work.Add(1)
		go l.post()
	}
}

// due queues a delivery whose time has come.
func (l *line) due(d *delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, waits := l.later[d]; waits {
		delete(l.later, d)
		l.schedule(d, 0)
	}
}

// post makes deliveries until none is queued.
func (l *line) post() {
	defer l.sender.work.Done()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		d, hook := l.queue[0], l.hook
		l.queue = l.queue[1:]
		d.attempts++
		l.mu.Unlock()
		err := l.attempt(hook, d)
		l.mu.Lock()
		l.settle(d, err)
	}
	l.posting--
}

// settle decides how a delivery goes on after an attempt, with l.mu held.
func (l *line) settle(d *delivery, err error) {
	retries := l.sender.opts.Retries
	switch {
	case l.ctx.Err() != nil:
	case err == nil:
		l.counts.Delivered++
		if d.repeat {
			d.repeat = false
			l.schedule(d, 0)
		}
	case d.attempts > len(retries):
		l.counts.Failed++
		l.drop(d, err.Error())
	default:
		l.counts.Failed++
		l.schedule(d, retries[d.attempts-1])
	}
}

// attempt posts once. Each attempt is signed with its own time; the timestamp in the body stays the event's.
func (l *line) attempt(hook Hook, d *delivery) error {
	req, err := http.NewRequestWithContext(l.ctx, http.MethodPost, hook.URL, bytes.NewReader(d.body))
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(l.sender.opts.Now().UnixMilli(), 10)
	header := req.Header
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "crisphost-sandbox")
	header.Set("X-Crisp-Request-Timestamp", timestamp)
	header.Set("X-Delivery-Attempt-Count", strconv.Itoa(d.attempts))
	header.Set("X-Delivery-Attempt-Limit", strconv.Itoa(len(l.sender.opts.Retries)+1))
	if hook.Secret != "" {
		header.Set("X-Crisp-Hook-Origin", "plugin/rtm 5a9d production")
		header.Set("X-Crisp-Signature", hooks.Sign(hook.Secret, timestamp, d.body))
	} else {
		header.Set("X-Crisp-Hook-Origin", "website/rtm 5a9d production") // a guess
	}
	res, err := l.sender.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s instead of 200", res.Status)
	}
	return nil
}
