package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// answer is what an operation gives back. Status and reason are those of the operation unless they are set.
type answer struct {
	status int
	reason string
	failed bool
	// data is the member of the envelope: a value, or the items of an array, or an empty object when both are nil.
	data  jsontext.Value
	items []jsontext.Value
}

// listed answers with an array.
func listed(items []jsontext.Value) answer {
	if items == nil {
		items = []jsontext.Value{}
	}
	return answer{items: items}
}

// apiError is a refusal.
type apiError struct {
	status  int
	reason  string
	message string
	// namespace says which part of a request is wrong.
	namespace string
	// retryAfter is in seconds. That Crisp sends the header is not established; many clients read it.
	retryAfter int
	allow      []string
}

func (e *apiError) Error() string { return e.reason + ": " + e.message }

var errNoRoute = &apiError{status: http.StatusNotFound, reason: "not_found", message: "the requested route does not exist"}

// notFound is for a thing below a website. The status is sure, the word is the only one seen for it.
func notFound(what, id string) error {
	return &apiError{status: http.StatusNotFound, reason: "not_found", message: what + " " + id + " does not exist"}
}

// notAllowed is for a request that is well-formed and cannot be fulfilled as things are; a guess.
func notAllowed(message string) error {
	return &apiError{status: http.StatusForbidden, reason: "not_allowed", message: message}
}

// invalid is for a value that the schema does not take; where is the path of the value, as in "data.user.type".
func invalid(where, problem string) error {
	return &apiError{status: http.StatusBadRequest, reason: "invalid_data", namespace: strings.SplitN(where, ".", 2)[0], message: where + " " + problem}
}

// failure is the answer to a refused request.
func failure(header http.Header, err error) answer {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, reason: "internal_error", message: err.Error()}
	}
	if e.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	if len(e.allow) > 0 {
		header.Set("Allow", strings.Join(e.allow, ", "))
	}
	detail := struct {
		Namespace string `json:"namespace,omitempty"`
		Message   string `json:"message,omitempty"`
	}{e.namespace, e.message}
	return answer{status: e.status, reason: e.reason, failed: true, data: encode(detail)}
}

// bodies are buffers of answers, as a list takes more than a hundred kilobytes.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// appendAnswer adds the whole body.
func appendAnswer(body []byte, a *answer) []byte {
	body = append(body, `{"error":`...)
	body = strconv.AppendBool(body, a.failed)
	body = append(body, `,"reason":"`...)
	body = append(body, a.reason...)
	body = append(body, `","data":`...)
	switch {
	case a.data != nil:
		body = append(body, a.data...)
	case a.items != nil:
		body = append(body, '[')
		for i, item := range a.items {
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
func writeAnswer(w http.ResponseWriter, r *http.Request, a *answer, cut bool) {
	if r.Method == http.MethodHead {
		if cut {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(a.status)
		return
	}
	buffer := bodies.Get().(*[]byte)
	defer bodies.Put(buffer)
	body := appendAnswer((*buffer)[:0], a)
	*buffer = body
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if cut {
		// The client gets the announced length and half of the bytes.
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
