package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/bucket"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/rtm"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/webhook"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Server is the API below /v1/, the socket of events beside it, and the routes below /sandbox/ that control the sandbox. It
// is an http.Handler, safe for concurrent use.
type Server struct {
	cfg      Config
	handlers map[string]api.Handler
	files    *bucket.Bucket
	faults   faults
	requests atomic.Int64
	quota    atomic.Int64

	// mu is held for reading by GET and HEAD, and for writing by all others.
	mu    sync.RWMutex
	sites *store.Sites

	fanout  fanout
	sockets *rtm.Server
	hooks   *webhook.Sender
	// unfit is what is wrong with the configuration.
	unfit error
	// tap hears every event, in tests.
	tap func(websiteID, event string, data json.RawMessage)
}

// New makes a sandbox. It returns at once whatever the sizes are, as records are made when they are asked for.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	files := bucket.New(seed.Source(cfg.Seed), cfg.Now)
	s := &Server{cfg: cfg, handlers: handlers(files), files: files, sites: store.NewSites(seed.World{
		Source: seed.Source(cfg.Seed), WebsiteID: WebsiteID, Anchor: cfg.Now().Truncate(time.Minute).UnixMilli(),
		Conversations: cfg.Conversations, People: cfg.People, Visitors: cfg.Visitors,
	}, cfg.Now)}
	s.faults.init(cfg)
	s.sockets = rtm.New(rtm.Options{
		Access: access{s}, PingInterval: cfg.Sockets.PingInterval, PingTimeout: cfg.Sockets.PingTimeout,
		AuthTimeout: cfg.Sockets.AuthTimeout, MaxPayload: cfg.Sockets.MaxPayload, Queue: cfg.Sockets.Queue, Log: cfg.Log,
	})
	s.hooks = webhook.New(webhook.Options{
		Retries: cfg.HookDelivery.Retries, Timeout: cfg.HookDelivery.Timeout, Parallel: cfg.HookDelivery.Parallel,
		Queue: cfg.HookDelivery.Queue, Repeat: cfg.HookDelivery.Repeat, Late: cfg.HookDelivery.Late,
		LateBy: cfg.HookDelivery.LateBy, Now: cfg.Now, Log: cfg.Log,
	}, rand.NewPCG(cfg.Seed, 0))
	if s.unfit = s.SetHooks(cfg.Hooks); s.unfit != nil {
		cfg.Log.Error("the sandbox has no hooks", "error", s.unfit)
	}
	return s
}

// Close ends the sockets and gives up the posts to hooks that wait. Requests are still answered.
func (s *Server) Close() error {
	s.fanout.wait()
	s.sockets.Close()
	s.hooks.Close()
	return nil
}

// Requests is the number of requests that the server has seen.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == plugins.SocketPath, path+"/" == plugins.SocketPath:
		s.sockets.ServeHTTP(w, r)
		return
	case strings.HasPrefix(path, bucket.Path):
		s.files.ServeHTTP(w, r)
		return
	case strings.HasPrefix(path, controlPath):
		a, err := s.control(w, r)
		if err != nil {
			a = failure(w.Header(), err)
		}
		writeAnswer(w, r, &a, false)
		return
	}
	s.requests.Add(1)
	fault := s.faults.draw()
	if !sleep(r.Context(), s.cfg.Latency) {
		panic(http.ErrAbortHandler) // the client is gone
	}
	a, later, err := s.answer(w, r, fault)
	if err != nil {
		a = failure(w.Header(), err)
	}
	if len(later) > 0 {
		// Also when the connection is cut: what was accepted has its outcome.
		defer s.tellLater(later)
	}
	writeAnswer(w, r, &a, fault.cut)
	if len(later) > 0 {
		_ = http.NewResponseController(w).Flush() // the answer goes first
	}
}

// answer goes through the checks that stand before every operation, and runs it. The events that it returns are those
// that follow the answer.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, fault fault) (api.Answer, []api.Event, error) {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), "/v1/")
	if !below {
		return api.Answer{}, nil, errNoRoute
	}
	if fault.status != 0 {
		return api.Answer{}, nil, fault.error()
	}
	op, params, allowed := spec.Match(r.Method, path)
	switch {
	case op == nil && len(allowed) > 0:
		return api.Answer{}, nil, &api.Error{Status: http.StatusMethodNotAllowed, Reason: "not_allowed", Allow: allowed,
			Message: fmt.Sprintf("this route takes %s, not %s", strings.Join(allowed, ", "), r.Method)}
	case op == nil:
		return api.Answer{}, nil, errNoRoute
	}
	tier, err := authenticate(r.Header)
	if err != nil {
		return api.Answer{}, nil, err
	}
	if err := s.spend(); err != nil {
		return api.Answer{}, nil, err
	}
	if !op.Tiers.Has(tier) {
		return api.Answer{}, nil, restricted(op)
	}
	req := &api.Request{
		Sites: s.sites, Op: op, Tier: tier, Origin: origin(r), Params: params, Now: s.cfg.Now().UnixMilli(),
	}
	if err := req.Read(w, r); err != nil {
		return api.Answer{}, nil, err
	}
	return s.run(req)
}

// origin returns the scheme and the host that the request was sent to.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// spend takes a request off the quota. That refused requests count too is a guess.
func (s *Server) spend() error {
	if s.cfg.Quota > 0 && s.quota.Add(1) > int64(s.cfg.Quota) {
		return errQuota
	}
	return nil
}

func (s *Server) run(req *api.Request) (api.Answer, []api.Event, error) {
	handle := s.handlers[req.Op.ID]
	if handle == nil {
		return api.Answer{}, nil, notBuilt(req.Op)
	}
	if req.Op.Method == http.MethodGet || req.Op.Method == http.MethodHead {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	// Who is heard by nobody now is read by everybody who begins to listen later.
	req.Listened = s.listened()
	if id, named := req.Params["website_id"]; named {
		site, err := findSite(s.sites, id, req.Tier)
		if err != nil {
			return api.Answer{}, nil, err
		}
		req.Site = site
	}
	a, err := handle(req)
	if err != nil {
		return api.Answer{}, nil, err
	}
	if a.Status == 0 {
		a.Status = req.Op.Status
	}
	a.Reason = req.Op.Reason
	return a, s.tell(req.Events), nil
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
