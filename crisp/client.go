// Package crisp is a client for Crisp's REST API (https://docs.crisp.chat/references/rest-api/v1/).
//
//	client, err := crisp.New(
//		crisp.WithCredentials("identifier", "key"),
//		crisp.WithTier(spec.TierWebsite),
//	)
//	...
//	for conversation, err := range client.Conversations.List(ctx, "w1", &crisp.ConversationsListOptions{FilterUnread: true}) {
//		...
//	}
//
// A [Client] is made once and shared by all goroutines of a program: it owns the connection pool and the rate budget.
//
// Every call takes a context, which bounds the call with all its retries. Calls come in three layers: typed services
// (client.Conversations and its neighbours), [Client.Do] for any operation of package spec, and [Client.Call] for any
// other path below the API's base. They share authentication, retries, the rate budget and errors: whatever fails is an
// [*Error], to be had with errors.As.
package crisp

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Client calls Crisp's REST API. It is safe for concurrent use. It shows neither identifier nor key when printed or
// logged.
type Client struct {
	// Services are the typed calls: client.Conversations.Messages.Send and so on.
	Services

	base     *url.URL
	tier     spec.Tiers
	http     *http.Client
	header   http.Header // what every request carries, without credentials
	timeout  time.Duration
	maxBytes int64
	retry    RetryPolicy
	budget   *budget
	clock    clock
	logger   *slog.Logger
	// forwarder makes the calls, if set.
	forwarder Forwarder
	watcher   *Watcher
	// Closures hold the credentials, so that no printer that walks the fields can show them.
	authorize   func(http.Header)
	redact      func(string) string
	credentials func() (identifier, key string)
}

// Do sends a request for an operation and answers its unwrapped envelope. req may be nil for an operation without
// parameters. A missing or impossible parameter is reported before anything is sent. Errors are of type [*Error].
func (c *Client) Do(ctx context.Context, op *spec.Operation, req *Request) (*Response, error) {
	x, err := c.prepare(op, req)
	if err != nil {
		return nil, c.refused(op.ID, err)
	}
	return c.exchange(ctx, x)
}

// Call sends a request to any path below the API's base, for routes that package spec does not describe. The path is
// like "website/{id}/conversations/1" with the ids filled in; a leading slash and a query are allowed, while another host,
// "." and ".." (encoded or not) are refused. Characters that a URL cannot hold are escaped, valid escapes are kept.
// Request.Path is not used. Errors are of type [*Error].
func (c *Client) Call(ctx context.Context, method, path string, req *Request) (*Response, error) {
	x, err := c.prepareRaw(method, path, req)
	if err != nil {
		return nil, c.refused(c.clip(method+" "+path, 200), err)
	}
	return c.exchange(ctx, x)
}

// CloseIdleConnections closes the pooled connections that are not in use. The client stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// BaseURL is the address that all paths are below, with a slash at its end.
func (c *Client) BaseURL() string { return c.base.String() }

// Tier is the token tier that the client presents.
func (c *Client) Tier() spec.Tiers { return c.tier }

// Credentials returns what [WithCredentials] was given, or empty strings. It is for packages that authenticate by other
// means than HTTP, such as rtm.
func (c *Client) Credentials() (identifier, key string) { return c.credentials() }

// String names the base URL and the tier.
func (c *Client) String() string {
	return "crisp.Client(" + c.base.String() + ", tier " + c.tier.String() + ")"
}

// GoString is String, so that %#v does not walk the fields.
func (c *Client) GoString() string { return c.String() }

// LogValue is what slog shows of a client.
func (c *Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("base", c.base.String()), slog.String("tier", c.tier.String()))
}
