package sandbox

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOperationWithoutHandler checks that an operation which is described but not built says so.
func TestOperationWithoutHandler(t *testing.T) {
	s := New(Config{})
	s.handlers = maps.Clone(s.handlers)
	delete(s.handlers, "website.get")
	call := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/v1/website/"+WebsiteID+path, http.NoBody)
		r.SetBasicAuth(Identifier, Key)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	w := call("GET", "")
	if body := w.Body.String(); w.Code != http.StatusNotImplemented || !strings.Contains(body, `"error":true`) || !strings.Contains(body, "website.get") {
		t.Errorf("%d %s, want 501 and the operation", w.Code, body)
	}
	if w := call("GET", "/settings"); w.Code != http.StatusOK {
		t.Errorf("another operation answers %d %s", w.Code, w.Body)
	}
}
