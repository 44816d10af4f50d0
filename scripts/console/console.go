package console

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Options configure a Console. Only Addr is required.
type Options struct {
	// Addr is where the console is served, as in net.Listen: "127.0.0.1:8686". It decides whether a login is needed.
	Addr string
	// Tokens are what people and programs log in with. There must be one unless Addr is loopback. When there are some on loopback too,
	// the login is asked for there and any Host is answered. SetTokens changes them later.
	Tokens []Token
	// TokenFile is where a person finds the token, which the login shows, or empty.
	TokenFile string
	// TrustedProxies are addresses of proxies, beside those of this machine, that say truly whom they speak for.
	TrustedProxies []netip.Prefix
	// UserHeader is the header in which a trusted proxy names the person, such as X-Forwarded-User. It must not pass on what it got
	// under this name. Empty is none.
	UserHeader string
	// Directory is the path of the scripts, shown when there are none yet.
	Directory string
	// Zone is the time zone of all times shown. Nil is the system's.
	Zone *time.Location
	// Ready is what /readyz asks. Nil is always ready.
	Ready func(ctx context.Context) error
	// Notes are troubles that do not keep the host from its work; /readyz has them behind the answer, and the list of
	// scripts above it. Nil is none.
	Notes func() []string
	// Metrics answers /metrics. Nil is none.
	Metrics http.Handler
	// Logger gets failures that a person cannot see. Nil is slog.Default.
	Logger *slog.Logger
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

// Console is an http.Handler. Make it with New.
type Console struct {
	Options
	backend Backend
	pages   map[string]*template.Template
	assets  map[string]asset
	handler http.Handler
	login   *login // nil when none is needed

	streams chan struct{} // a place for each open stream
	closed  chan struct{}
	close   sync.Once
}

// maxStreams bounds the open streams of events: each costs a goroutine and a subscription.
const maxStreams = 128

// Check reports whether a console can be made of the options: it refuses an address other than loopback without a token.
func (o Options) Check() error {
	_, err := (&Console{Options: o}).guard()
	return err
}

// New makes a console. It refuses an address other than loopback without a token.
func New(backend Backend, options Options) (*Console, error) {
	c := &Console{
		Options: options, backend: backend, assets: loadAssets(),
		streams: make(chan struct{}, maxStreams), closed: make(chan struct{}),
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	guard, err := c.guard()
	if err != nil {
		return nil, err
	}
	if c.pages, err = c.parseTemplates(); err != nil {
		return nil, err
	}
	c.handler = guard(c.routes())
	return c, nil
}

// Close ends all open streams, so that a server can shut down. Pages are still answered. It can be called more than once.
func (c *Console) Close() { c.close.Do(func() { close(c.closed) }) }

func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

func (c *Console) routes() *http.ServeMux {
	mux := http.NewServeMux()
	page := func(pattern string, handler func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handler(w, r); err != nil {
				c.fail(w, r, err)
			}
		})
	}
	page("GET /{$}", c.scriptsPage)
	page("GET /script", c.scriptPage)
	page("GET /source", c.sourcePage)
	page("GET /runs", c.runsPage)
	page("GET /runs/{id}", c.runPage)
	page("GET /runs/{id}/log.txt", c.logText)
	page("GET /runs/{id}/stream", c.runStream)
	page("GET /writes", c.writesPage)
	page("GET /timeline", c.timelinePage)
	page("GET /stream", c.changeStream)

	page("POST /script/trigger", c.trigger)
	page("POST /script/pause", c.pause)
	page("POST /script/resume", c.resume)
	page("POST /runs/{id}/cancel", c.cancel)

	mux.HandleFunc("GET /assets/{name}", c.asset)
	mux.HandleFunc("GET /healthz", c.healthz)
	mux.HandleFunc("GET /readyz", c.readyz)
	if c.Metrics != nil {
		mux.Handle("GET /metrics", c.Metrics)
	}
	if c.login != nil {
		page("GET /login", c.loginPage)
		page("GET "+oncePath+"{code}", c.logInOnce)
		page("POST /login", c.logIn)
		page("POST /logout", c.logOut)
	}
	page("/", func(http.ResponseWriter, *http.Request) error { return notFound("There is no such page.") })
	return mux
}
