package console

import (
	"io"
	"net/http"
)

// healthz tells that the process answers at all.
func (c *Console) healthz(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusOK, "ok\n")
}

// readyz reports whether the host does its work. Why it does not is only for those who may see the console.
func (c *Console) readyz(w http.ResponseWriter, r *http.Request) {
	if c.Ready == nil {
		plain(w, http.StatusOK, "ready\n")
		return
	}
	err := c.Ready(r.Context())
	if err == nil {
		plain(w, http.StatusOK, "ready\n")
		return
	}
	reason := ""
	admitted := c.login == nil
	if !admitted {
		k, _ := c.login.admits(r, c.visitorOf(r), c.Now())
		admitted = k != nil
	}
	if admitted {
		reason = ": " + err.Error()
	}
	plain(w, http.StatusServiceUnavailable, "not ready"+reason+"\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the reader has gone
}
