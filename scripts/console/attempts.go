package console

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// A client may be wrong that often at once, and then once in attemptPause.
	attemptBurst = 8
	attemptPause = 10 * time.Second
	// All clients that a proxy speaks for may be wrong that often together.
	proxyBurst = 64
	proxyPause = time.Second
	// maxClients bounds what is remembered. When it is full, those who have done nothing wrong for long are forgotten, and
	// if there are none, all others share one limit.
	maxClients = 4096
)

// attempts counts wrong tokens by client. Right ones cost nothing, so nobody can lock others out.
type attempts struct {
	mu      sync.Mutex
	clients map[string]*rate.Limiter
	others  *rate.Limiter
	pause   time.Duration
	burst   int
}

// newAttempts lets each client be wrong so often at once, and then once in a pause.
func newAttempts(pause time.Duration, burst int) *attempts {
	a := &attempts{clients: map[string]*rate.Limiter{}, pause: pause, burst: burst}
	a.others = a.newLimiter()
	return a
}

func (a *attempts) newLimiter() *rate.Limiter { return rate.NewLimiter(rate.Every(a.pause), a.burst) }

func (a *attempts) exhausted(client string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	limiter, ok := a.clients[client]
	if !ok {
		if len(a.clients) < maxClients {
			return false
		}
		limiter = a.others
	}
	return limiter.TokensAt(now) < 1
}

func (a *attempts) failed(client string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	limiter, ok := a.clients[client]
	if !ok {
		if len(a.clients) >= maxClients {
			a.forget(now)
		}
		if len(a.clients) >= maxClients {
			limiter = a.others
		} else {
			limiter = a.newLimiter()
			a.clients[client] = limiter
		}
	}
	limiter.AllowN(now, 1)
}

func (a *attempts) forget(now time.Time) {
	for client, limiter := range a.clients {
		if limiter.TokensAt(now) >= float64(a.burst) {
			delete(a.clients, client)
		}
	}
}
