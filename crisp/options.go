package crisp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/loopback"
)

// DefaultBaseURL is the address of Crisp's API.
const DefaultBaseURL = "https://api.crisp.chat/v1/"

// EnvBaseURL is the environment variable that New reads the base URL from when WithBaseURL is not given. An address without a path gets
// /v1/.
const EnvBaseURL = "CRISP_API_URL"

const (
	defaultTimeout   = 30 * time.Second
	defaultMaxBytes  = 64 << 20
	defaultUserAgent = "crisphost (+https://github.com/crisphost/crisphost)"
	// One host gets all requests, so the pool is per host. Enough for a wide map() in a script.
	idleConnections = 64
	// maxConnections is as many calls as a script can have under way, so that no script alone waits for a connection, and leaves a
	// process with the usual 1024 open files room for more. The wait counts for WithTimeout. HTTP/2 needs a few at most.
	maxConnections = 256
)

// Option configures a client; see New.
type Option func(*config)

type config struct {
	identifier, key string
	authenticated   bool
	tier            spec.Tiers
	baseURL         string
	insecure        bool
	transport       http.RoundTripper
	timeout         time.Duration
	maxBytes        int64
	retry           RetryPolicy
	limit           rate.Limit
	burst           int
	limited         bool
	userAgent       string
	logger          *slog.Logger
	clock           clock
	forwarder       Forwarder
	watcher         Watcher
}

// WithCredentials sets the token's identifier and key, sent with HTTP basic authentication. Without this option requests
// carry no credentials.
func WithCredentials(identifier, key string) Option {
	return func(c *config) { c.identifier, c.key, c.authenticated = identifier, key, true }
}

// WithTier sets the tier of the token, exactly one: spec.TierWebsite (the default, a token made in a workspace's
// settings), spec.TierPlugin or spec.TierUser.
func WithTier(tier spec.Tiers) Option { return func(c *config) { c.tier = tier } }

// WithBaseURL sets the address that all paths are below. The default is the environment variable CRISP_API_URL, then
// DefaultBaseURL. Credentials go over plain http to a loopback address only; see WithInsecureBaseURL.
func WithBaseURL(address string) Option { return func(c *config) { c.baseURL = address } }

// WithInsecureBaseURL allows credentials over plain http to any host, where everybody on the way can read them. It is
// meant for a private network, such as a sandbox in a neighbouring container.
func WithInsecureBaseURL() Option { return func(c *config) { c.insecure = true } }

// WithTransport replaces the HTTP transport. It sees each attempt, redirects included. When it returns an *Error, that
// error is final: it is not retried and reaches the caller.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *config) { c.transport = transport }
}

// WithTimeout bounds each attempt, from connecting to the last byte of the answer. The default is 30 seconds. The
// context of a call bounds all attempts together.
func WithTimeout(timeout time.Duration) Option { return func(c *config) { c.timeout = timeout } }

// WithRetry sets the retry policy. Zero fields keep their defaults.
func WithRetry(policy RetryPolicy) Option { return func(c *config) { c.retry = policy } }

// WithRateLimit sets the budget of requests per second that all callers of the client share, retries included, with
// bursts of up to burst requests. The default is no budget: Crisp does not publish its limits.
func WithRateLimit(limit rate.Limit, burst int) Option {
	return func(c *config) { c.limit, c.burst, c.limited = limit, burst, true }
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(agent string) Option { return func(c *config) { c.userAgent = agent } }

// WithLogger logs one line per attempt at debug level and one per repeat at warn level: operation, status, reason and
// times, never addresses, bodies or credentials. The default is not to log.
func WithLogger(logger *slog.Logger) Option { return func(c *config) { c.logger = logger } }

// WithMaxResponseBytes bounds the decompressed size of an answer's body. The default is 64 MiB.
func WithMaxResponseBytes(n int64) Option { return func(c *config) { c.maxBytes = n } }

// New makes a client. It sends nothing: wrong credentials show with the first call.
func New(opts ...Option) (*Client, error) {
	cfg := config{
		tier:      spec.TierWebsite,
		timeout:   defaultTimeout,
		maxBytes:  defaultMaxBytes,
		userAgent: defaultUserAgent,
		logger:    slog.New(slog.DiscardHandler),
		clock:     systemClock(),
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	c, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("crisp: %w", err)
	}
	return c, nil
}

func (cfg *config) client() (*Client, error) {
	switch cfg.tier {
	case spec.TierUser, spec.TierWebsite, spec.TierPlugin:
	default:
		return nil, errors.New("the tier must be exactly one of user, website and plugin")
	}
	if cfg.timeout <= 0 || cfg.maxBytes <= 0 {
		return nil, errors.New("the timeout and the response size limit must be above zero")
	}
	if cfg.limited && (cfg.limit <= 0 || cfg.burst < 1) {
		return nil, errors.New("the rate limit and its burst must be above zero")
	}
	if !validHeaderValue(cfg.userAgent) {
		return nil, errors.New("the user agent contains a control character")
	}
	retry, err := cfg.retry.withDefaults()
	if err != nil {
		return nil, err
	}
	authorize, redact, err := cfg.credentials()
	if err != nil {
		return nil, err
	}
	address, from := cfg.baseURL, "the base URL"
	if address == "" {
		address, from = os.Getenv(EnvBaseURL), EnvBaseURL
	}
	if address == "" {
		address, from = DefaultBaseURL, "the base URL"
	}
	base, err := parseBase(address)
	if err != nil {
		return nil, fmt.Errorf("%s %w", from, err)
	}
	if from == EnvBaseURL && base.Path == "/" { // people name the server
		base = base.JoinPath("v1/")
	}
	if cfg.authenticated && base.Scheme == "http" && !cfg.insecure && !loopback.IsHost(base.Hostname()) {
		return nil, fmt.Errorf("%s %s would send the key in clear text: use https, or an address of this machine (Go programs have WithInsecureBaseURL for networks that they trust)", from, base)
	}
	if cfg.logger == nil {
		cfg.logger = slog.New(slog.DiscardHandler)
	}
	identifier, key := cfg.identifier, cfg.key
	c := &Client{
		base: base,
		tier: cfg.tier,
		header: http.Header{
			"Accept":       {"application/json"},
			"User-Agent":   {cfg.userAgent},
			"X-Crisp-Tier": {cfg.tier.String()},
		},
		timeout:     cfg.timeout,
		maxBytes:    cfg.maxBytes,
		retry:       retry,
		clock:       cfg.clock,
		logger:      cfg.logger,
		authorize:   authorize,
		redact:      redact,
		credentials: func() (string, string) { return identifier, key },
		forwarder:   cfg.forwarder,
		watcher:     &cfg.watcher,
	}
	c.budget = &budget{clock: cfg.clock, spread: retry.BaseDelay, watcher: &cfg.watcher}
	if cfg.limited {
		c.budget.limiter = rate.NewLimiter(cfg.limit, cfg.burst)
	}
	c.http = &http.Client{Transport: cfg.transport, CheckRedirect: c.checkRedirect}
	if cfg.transport == nil {
		c.http.Transport = NewTransport()
	}
	c.initServices()
	return c, nil
}

// credentials makes the two functions that know the key.
func (cfg *config) credentials() (authorize func(http.Header), redact func(string) string, err error) {
	if !cfg.authenticated {
		return func(http.Header) {}, func(s string) string { return s }, nil
	}
	switch {
	case cfg.identifier == "" || cfg.key == "":
		return nil, nil, errors.New("the identifier and the key must not be empty")
	case strings.Contains(cfg.identifier, ":"):
		return nil, nil, errors.New("the identifier must not contain a colon: identifier and key are two values")
	}
	token := base64.StdEncoding.EncodeToString([]byte(cfg.identifier + ":" + cfg.key))
	header := []string{"Basic " + token}
	secrets := []string{token, "[redacted]"}
	// A key that is its own identifier, as the sandbox's is, is no secret: identifiers are shown. What it hides would be plain words.
	if cfg.key != cfg.identifier {
		secrets = append(secrets, cfg.key, "[redacted]")
	}
	hide := strings.NewReplacer(secrets...)
	return func(h http.Header) { h["Authorization"] = header }, hide.Replace, nil
}

// NewTransport makes the transport that New uses by default, with a pool that fits one busy host. It is meant for layers that
// WithTransport puts around it.
func NewTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // the program replaced it, and means it
	}
	transport := standard.Clone()
	transport.ForceAttemptHTTP2 = true
	transport.MaxIdleConns = 0 // the bound per host is the one that counts
	transport.MaxIdleConnsPerHost = idleConnections
	transport.MaxConnsPerHost = maxConnections
	// An HTTP/2 connection that died in silence would otherwise take one call after another down with it.
	// What comes before it is asked for waits in memory, for each of the calls.
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second, MaxReceiveBufferPerStream: 512 << 10}
	return transport
}
