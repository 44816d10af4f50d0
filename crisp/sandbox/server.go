package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Config is what a sandbox is made of. The zero value is a small, healthy inbox.
type Config struct {
	// Seed selects the data. The same seed gives the same inbox.
	Seed uint64
	// Conversations, People and Visitors are the sizes. Zero stands for 240, 160 and 24, and a negative size for none.
	Conversations, People, Visitors int
	// Latency is how long every answer waits.
	Latency time.Duration
	// Fail is the probability, from 0 to 1, of an answer with an HTTP status, by status. FailCut stands for a cut connection.
	Fail map[int]float64
	// Cut is the probability that the connection breaks in the middle of an answer.
	Cut float64
	// Quota is the number of requests after which all further ones are refused with 423 quota_limit_exceeded. Zero is no limit.
	Quota int
	// Now is the clock. The generated times count back from the minute in which the sandbox is made. Nil is the system's.
	Now func() time.Time
}

func (cfg Config) withDefaults() Config {
	size := func(n *int, standard int) {
		switch {
		case *n == 0:
			*n = standard
		case *n < 0:
			*n = 0
		}
	}
	size(&cfg.Conversations, 240)
	size(&cfg.People, 160)
	size(&cfg.Visitors, 24)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}

// Server is the API below /v1/. It is an http.Handler, safe for concurrent use.
type Server struct {
	cfg      Config
	handlers map[string]handler
	faults   faults
	requests atomic.Int64
	quota    atomic.Int64

	// mu is held for reading by GET and HEAD, and for writing by all others.
	mu    sync.RWMutex
	sites *sites
}

// New makes a sandbox. It returns at once whatever the sizes are, as records are made when they are asked for.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{cfg: cfg, handlers: handlers(), sites: newSites(world{
		source: source(cfg.Seed), websiteID: WebsiteID, anchor: cfg.Now().Truncate(time.Minute).UnixMilli(),
		conversations: cfg.Conversations, people: cfg.People, visitors: cfg.Visitors,
	}, cfg.Now)}
	s.faults.init(cfg)
	return s
}

// Requests is the number of requests that the server has seen.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	fault := s.faults.draw()
	if !sleep(r.Context(), s.cfg.Latency) {
		panic(http.ErrAbortHandler) // the client is gone
	}
	a, err := s.answer(w, r, fault)
	if err != nil {
		a = failure(w.Header(), err)
	}
	writeAnswer(w, r, &a, fault.cut)
}

// answer goes through the checks that stand before every operation, and runs it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, fault fault) (answer, error) {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), "/v1/")
	if !below {
		return answer{}, errNoRoute
	}
	if fault.status != 0 {
		return answer{}, fault.error()
	}
	op, params, allowed := spec.Match(r.Method, path)
	switch {
	case op == nil && len(allowed) > 0:
		return answer{}, &apiError{status: http.StatusMethodNotAllowed, reason: "not_allowed", allow: allowed,
			message: fmt.Sprintf("this route takes %s, not %s", strings.Join(allowed, ", "), r.Method)}
	case op == nil:
		return answer{}, errNoRoute
	}
	tier, err := authenticate(r.Header)
	if err != nil {
		return answer{}, err
	}
	if err := s.spend(); err != nil {
		return answer{}, err
	}
	if !op.Tiers.Has(tier) {
		return answer{}, restricted(op)
	}
	req := &request{sites: s.sites, op: op, tier: tier, params: params, now: s.cfg.Now().UnixMilli()}
	if err := req.read(w, r); err != nil {
		return answer{}, err
	}
	return s.run(req)
}

// spend takes a request off the quota. That refused requests count too is a guess.
func (s *Server) spend() error {
	if s.cfg.Quota > 0 && s.quota.Add(1) > int64(s.cfg.Quota) {
		return errQuota
	}
	return nil
}

func (s *Server) run(req *request) (answer, error) {
	if req.op.Method == http.MethodGet || req.op.Method == http.MethodHead {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	if id, named := req.params["website_id"]; named {
		site, err := findSite(s.sites, id, req.tier)
		if err != nil {
			return answer{}, err
		}
		req.site = site
	}
	a, err := s.handlers[req.op.ID](req)
	if err != nil {
		return answer{}, err
	}
	if a.status == 0 {
		a.status = req.op.Status
	}
	a.reason = req.op.Reason
	return a, nil
}

// sleep waits and reports whether the whole time has passed.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Running is a sandbox that listens.
type Running struct {
	*Server
	listener net.Listener
	http     *http.Server
	done     chan struct{}
	err      error
}

// Start makes a sandbox and serves it on an address such as "127.0.0.1:8787". An address without a host is bound to the
// loopback interface, and port 0 takes a free one. The server ends with the context or with Close, which cut the answers in flight.
func Start(ctx context.Context, addr string, cfg Config) (*Running, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox address %q: %w; write it as host:port, for example 127.0.0.1:8787", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("sandbox cannot listen on %s: %w; choose another address, or port 0 for a free one", addr, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	server := New(cfg)
	r := &Running{Server: server, listener: listener, done: make(chan struct{}), http: &http.Server{
		Handler: server, ReadHeaderTimeout: 10 * time.Second,
		// Requests end with the server, so that none sleeps on after Close.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}}
	stop := context.AfterFunc(ctx, func() { _ = r.http.Close() })
	go func() {
		defer close(r.done)
		defer cancel()
		defer stop()
		if err := r.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.err = fmt.Errorf("sandbox stopped: %w", err)
		}
	}()
	return r, nil
}

// URL is the base of the API, with its slash at the end: "http://127.0.0.1:8787/v1/".
func (r *Running) URL() string { return "http://" + r.listener.Addr().String() + "/v1/" }

// Done is closed when the server has ended.
func (r *Running) Done() <-chan struct{} { return r.done }

// Close ends the server and waits until it has stopped listening. It returns the error that stopped it earlier, if any.
func (r *Running) Close() error {
	err := r.http.Close()
	<-r.done
	return errors.Join(r.err, err)
}
