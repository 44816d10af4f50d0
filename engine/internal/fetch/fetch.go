// Package fetch sends the requests of scripts, for the functions of that name in both languages.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/crisphost/crisphost/engine"
)

const (
	// MaxBytes is the largest body that comes back.
	MaxBytes     = 64 << 20
	maxRedirects = 20
)

// Request is what a script sends.
type Request struct {
	Method, URL string
	// Redirect is "follow", or "manual" or "error".
	Redirect string
	Header   http.Header
	Body     []byte
}

// Answer is what comes back. Body is nil where there can be none.
type Answer struct {
	Status     int
	StatusText string
	URL        string
	Redirected bool
	Header     http.Header
	Body       []byte
}

// Do sends a request, follows its redirects and reads the whole body.
func Do(ctx context.Context, transport http.RoundTripper, given *Request) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, given.Method, given.URL, bytes.NewReader(given.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range given.Header {
		if !isConnectionHeader(name) {
			req.Header[name] = values
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "crisphost")
	}
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		return checkRedirect(given.Redirect, next, via)
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer := &Answer{Status: resp.StatusCode, URL: given.URL, Redirected: resp.Request.Response != nil, Header: resp.Header}
	if answer.Redirected {
		answer.URL = resp.Request.URL.String()
	}
	_, answer.StatusText, _ = strings.Cut(resp.Status, " ")
	if given.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return answer, nil
	}
	if answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, MaxBytes+1)); err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(answer.Body) > MaxBytes {
		return nil, fmt.Errorf("the body is larger than %d MiB", MaxBytes>>20)
	}
	return answer, nil
}

// isConnectionHeader names the headers that belong to the connection and that a script cannot set.
func isConnectionHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Authorization", "Proxy-Connection":
		return true
	}
	return false
}

// checkRedirect decides on a redirect. Once a request has left the origin it was meant for, credentials do not go with it, and
// no site learns where it came from.
func checkRedirect(mode string, next *http.Request, via []*http.Request) error {
	switch {
	case mode == "manual":
		return http.ErrUseLastResponse
	case mode == "error":
		return errors.New("the server redirects, which redirect: \"error\" forbids")
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	next.Header.Del("Referer")
	first := via[0].URL
	for _, hop := range append(via[1:len(via):len(via)], next) {
		if hop.URL.Scheme != first.Scheme || !strings.EqualFold(hop.URL.Host, first.Host) {
			next.Header.Del("Authorization")
			next.Header.Del("Cookie")
			break
		}
	}
	return nil
}

// Error is what a script sees of a failure of Do: an error of the host as it is, and everything else as a TypeError.
func Error(req *Request, err error) error {
	var host *engine.HostError
	if errors.As(err, &host) {
		return host
	}
	reason := err
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		reason = wrapped.Err
	}
	failed := &engine.HostError{Name: "TypeError", Message: fmt.Sprintf("fetch: %s %s failed: %v", req.Method, req.URL, reason), Err: err}
	var network net.Error
	if errors.As(reason, &network) || errors.Is(reason, io.EOF) || errors.Is(reason, io.ErrUnexpectedEOF) {
		failed.Fields = []engine.Constant{{Name: "reason", Value: "no_response"}} // as of a call of crisp: retry repeats it
	}
	return failed
}
