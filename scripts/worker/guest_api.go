//go:build unix

package worker

import (
	"bytes"
	"io"
	"net/http"
)

// hostTransport sends requests to the host in place of the API's server.
type hostTransport struct{ run *guestRun }

// RoundTrip implements http.RoundTripper. Errors are *crisp.Error as the host had them.
func (t *hostTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	header := req.Header.Clone()
	// The host's client has its own, and the tier is part of the credentials.
	header.Del("User-Agent")
	header.Del("X-Crisp-Tier")
	answer, data, err := t.run.ask(req.Context(), frameAPI, apiMessage{Method: req.Method, URL: req.URL.String(), Header: header}, body)
	if err != nil {
		return nil, err
	}
	if answer.Error != nil {
		return nil, answer.Error.err()
	}
	return &http.Response{
		StatusCode: answer.Status, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)), Request: req,
	}, nil
}
