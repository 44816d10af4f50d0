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
	// maxClients bounds what is remembered. When it is full, those who have done nothing wrong for long are forgotten, and
	// if there are none, all others share one limit.
	maxClients = 4096
)

// attempts counts wrong tokens by client. Right ones cost nothing, so nobody can lock others out.
type attempts struct {
	mu      sync.Mutex
	clients map[string]*rate.Limiter
	others  *rate.Limiter
}

func newAttempts() *attempts {
	return &attempts{clients: map[string]*rate.Limiter{}, others: newLimiter()}
}

func newLimiter() *rate.Limiter { return rate.NewLimiter(rate.Every(attemptPause), attemptBurst) }

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
			limiter = newLimiter()
			a.clients[client] = limiter
		}
	}
	limiter.AllowN(now, 1)
}

func (a *attempts) forget(now time.Time) {
	for client, limiter := range a.clients {
		if limiter.TokensAt(now) >= attemptBurst {
			delete(a.clients, client)
		}
	}
}
