package console

import (
	"io"
	"net/http"
)

// healthz tells that the process answers at all.
func (c *Console) healthz(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusOK, "ok\n")
}

// readyz reports whether the host does its work. Why it does not, and what it works around, is only for those who may see the console.
func (c *Console) readyz(w http.ResponseWriter, r *http.Request) {
	var err error
	if c.Ready != nil {
		err = c.Ready(r.Context())
	}
	admitted := c.login == nil
	if !admitted {
		k, _ := c.login.admits(r, c.visitorOf(r), c.Now())
		admitted = k != nil
	}
	status, text := http.StatusOK, "ready"
	if err != nil {
		status, text = http.StatusServiceUnavailable, "not ready"
		if admitted {
			text += ": " + err.Error()
		}
	}
	if admitted && c.Notes != nil {
		for _, note := range c.Notes() {
			text += "\n" + note
		}
	}
	plain(w, status, text+"\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the reader has gone
}
