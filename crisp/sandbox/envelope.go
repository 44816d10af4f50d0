package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

var errNoRoute = &api.Error{
	Status: http.StatusNotFound, Reason: "not_found", Message: "the requested route does not exist",
}

// failure is the answer to a refused request.
func failure(header http.Header, err error) api.Answer {
	var e *api.Error
	if !errors.As(err, &e) {
		e = &api.Error{Status: http.StatusInternalServerError, Reason: "internal_error", Message: err.Error()}
	}
	if e.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	if len(e.Allow) > 0 {
		header.Set("Allow", strings.Join(e.Allow, ", "))
	}
	detail := struct {
		Namespace string `json:"namespace,omitempty"`
		Message   string `json:"message,omitempty"`
	}{e.Namespace, e.Message}
	return api.Answer{Status: e.Status, Reason: e.Reason, Failed: true, Data: wire.Encode(detail)}
}

// bodies are buffers of answers, as a list takes more than a hundred kilobytes.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// appendAnswer adds the whole body.
func appendAnswer(body []byte, a *api.Answer) []byte {
	body = append(body, `{"error":`...)
	body = strconv.AppendBool(body, a.Failed)
	body = append(body, `,"reason":"`...)
	body = append(body, a.Reason...)
	body = append(body, `","data":`...)
	switch {
	case a.Data != nil:
		body = append(body, a.Data...)
	case a.Items != nil:
		body = append(body, '[')
		for i, item := range a.Items {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, item...)
		}
		body = append(body, ']')
	default:
		body = append(body, "{}"...)
	}
	return append(body, '}')
}

// writeAnswer sends the answer in one piece, or half of it when the connection shall break.
func writeAnswer(w http.ResponseWriter, r *http.Request, a *api.Answer, cut bool) {
	if r.Method == http.MethodHead {
		if cut {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(a.Status)
		return
	}
	buffer := bodies.Get().(*[]byte)
	defer bodies.Put(buffer)
	body := appendAnswer((*buffer)[:0], a)
	*buffer = body
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	if cut {
		// The client gets the announced length and half of the bytes.
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
