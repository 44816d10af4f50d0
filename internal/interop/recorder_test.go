package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

// wireRequest is what a server sees of a call.
type wireRequest struct {
	method string
	// path is the path as it was sent, still escaped.
	path   string
	query  url.Values
	header http.Header
	// hasBody tells an absent body from null; body is its JSON value, numbers kept as text.
	hasBody bool
	body    any
}

// recorder is a server that keeps the requests of each case and answers all with an empty success.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	current  string
	requests map[string][]wireRequest
	broken   []string
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{requests: make(map[string][]wireRequest)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// begin sets the case that the following requests belong to.
func (r *recorder) begin(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = name
}

// of answers the only request of a case.
func (r *recorder) of(t *testing.T, name string) wireRequest {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, problem := range r.broken {
		t.Error(problem)
	}
	r.broken = nil
	if got := r.requests[name]; len(got) != 1 {
		t.Fatalf("case %s: %d requests instead of one", name, len(got))
	}
	return r.requests[name][0]
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path == "/begin" {
		r.begin(req.URL.Query().Get("case"))
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got, err := record(req)
	if err != nil {
		r.broken = append(r.broken, fmt.Sprintf("case %s: %v", r.current, err))
	}
	r.requests[r.current] = append(r.requests[r.current], got)
	data := "{}"
	op, _, _ := spec.Match(req.Method, strings.TrimPrefix(got.path, "/v1"))
	if op != nil && op.Result != nil {
		switch op.Result.Kind {
		case spec.KindArray:
			data = "[]"
		case spec.KindInteger:
			data = "0"
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.WriteString(w, `{"error":false,"reason":"done","data":`+data+`}`); err != nil && req.Method != http.MethodHead {
		r.broken = append(r.broken, err.Error())
	}
}

func record(req *http.Request) (wireRequest, error) {
	path, rawQuery, _ := strings.Cut(req.RequestURI, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return wireRequest{}, fmt.Errorf("query %q: %w", rawQuery, err)
	}
	got := wireRequest{method: req.Method, path: path, query: query, header: req.Header.Clone()}
	// net/http moves these two out of the header.
	got.header.Set("Host", req.Host)
	if len(req.TransferEncoding) > 0 {
		got.header["Transfer-Encoding"] = req.TransferEncoding
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return got, fmt.Errorf("body: %w", err)
	}
	if len(body) == 0 {
		return got, nil
	}
	got.hasBody = true
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&got.body); err != nil {
		return got, fmt.Errorf("body %q: %w", body, err)
	}
	return got, nil
}
