package crisp

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// NewRequest returns the request that [Client.Do] would send first, without its credentials, and sends nothing. It fails like Do for
// a missing or impossible parameter.
func (c *Client) NewRequest(op *spec.Operation, req *Request) (*http.Request, error) {
	x, err := c.prepare(op, req)
	if err != nil {
		return nil, c.refused(op.ID, err)
	}
	return x.request()
}

// NewRawRequest returns the request that [Client.Call] would send first, without its credentials, and sends nothing.
func (c *Client) NewRawRequest(method, path string, req *Request) (*http.Request, error) {
	x, err := c.prepareRaw(method, path, req)
	if err != nil {
		return nil, c.refused(c.clip(method+" "+path, 200), err)
	}
	return x.request()
}

func (x *outgoing) request() (*http.Request, error) {
	var body io.Reader
	if x.body != nil {
		body = bytes.NewReader(x.body)
	}
	r, err := http.NewRequestWithContext(context.Background(), x.method, x.url, body)
	if err != nil {
		return nil, err
	}
	r.Header = x.header.Clone()
	r.Header.Del("Authorization")
	return r, nil
}

// PathOf returns the escaped path of a request's URL below the API's base, with a leading slash, as spec.Match takes it.
func (c *Client) PathOf(u *url.URL) string {
	return "/" + strings.TrimPrefix(u.EscapedPath(), c.base.EscapedPath())
}
