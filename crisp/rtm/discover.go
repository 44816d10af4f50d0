package rtm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/loopback"
)

// engine is the version of Engine.IO that the client speaks.
const engine = 4

// discover asks the API for the address of the socket.
func (c *Client) discover(ctx context.Context) (string, error) {
	paths := []string{c.api.Tier().String() + "/connect/endpoints"}
	if c.api.Tier() == spec.TierWebsite && len(c.opts.Websites) > 0 {
		// The reference has this form, Crisp's own clients use the other.
		paths = []string{"website/" + c.opts.Websites[0] + "/connect/endpoints", paths[0]}
	}
	for i, path := range paths {
		resp, err := c.api.Call(ctx, http.MethodGet, path, nil)
		if err != nil {
			var failed *crisp.Error
			missing := errors.As(err, &failed) &&
				(failed.Status == http.StatusNotFound || failed.Status == http.StatusMethodNotAllowed)
			if missing && i+1 < len(paths) {
				continue
			}
			return "", fmt.Errorf("discovery of the socket: %w", err)
		}
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			c.skew = time.Until(date)
		}
		var endpoints struct {
			Socket struct {
				App string `json:"app"`
			} `json:"socket"`
		}
		if err := json.Unmarshal(resp.Data, &endpoints); err != nil || endpoints.Socket.App == "" {
			return "", refusal{fmt.Errorf("discovery of the socket: the answer to GET /%s names no address in "+
				"data.socket.app; check that the base URL is that of Crisp's API", path)}
		}
		address, err := socketio.WSURL(endpoints.Socket.App, engine)
		if err != nil {
			return "", refusal{fmt.Errorf("discovery of the socket: %w", err)}
		}
		return address, c.checkClear(address)
	}
	panic("unreachable: the last path returns")
}

// checkClear refuses to send the key in clear text where the API client would not.
func (c *Client) checkClear(address string) error {
	socket, err := url.Parse(address)
	if err != nil {
		return err
	}
	base, err := url.Parse(c.api.BaseURL())
	if err != nil {
		return err
	}
	// As its user has allowed, see crisp.WithInsecureBaseURL.
	allowed := base.Scheme == "http" && !loopback.IsHost(base.Hostname())
	if socket.Scheme == "wss" || loopback.IsHost(socket.Hostname()) || allowed {
		return nil
	}
	return refusal{fmt.Errorf("the socket %s would get the key in clear text: the service must offer https or wss",
		socket.Host)}
}

// socketTransport is for the handshakes alone: afterwards the connections are the client's.
func socketTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableKeepAlives:   true,
	}
}
