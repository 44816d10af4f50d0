package bucket

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// animationPath is where the animations stand that a search finds, each of them one transparent pixel.
const (
	animationPath = Path + "animation/"
	emptyGIF      = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
		"!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)

// ServeHTTP takes uploads at signed addresses, and lets everybody read what was uploaded, as Crisp's storage does. The
// statuses and texts of refusals are guesses.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPut:
		if status, err := b.take(w, r); err != nil {
			http.Error(w, err.Error(), status)
		}
	case http.MethodGet, http.MethodHead:
		b.show(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT")
		http.Error(w, "files are read with GET and uploaded with PUT", http.StatusMethodNotAllowed)
	}
}

// take stores an upload. A second one to the same address replaces the first.
func (b *Bucket) take(w http.ResponseWriter, r *http.Request) (int, error) {
	path, query := r.URL.EscapedPath(), r.URL.Query()
	kind, until := query.Get("type"), query.Get("until")
	if !hmac.Equal([]byte(query.Get("signature")), []byte(b.signature(path, kind, until))) {
		return http.StatusForbidden, errors.New("the signature does not fit the address: " +
			"use url.signed of the event as it is")
	}
	if end, err := strconv.ParseInt(until, 10, 64); err != nil || end < b.now().UnixMilli() {
		return http.StatusForbidden, errors.New("the address has expired: ask for another one")
	}
	if sent := r.Header.Get("Content-Type"); sent != kind {
		return http.StatusForbidden, fmt.Errorf("the file is sent as %q, and the address is for %q", sent, kind)
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, sizeLimit))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return http.StatusRequestEntityTooLarge, fmt.Errorf("the file is larger than %d bytes", tooLarge.Limit)
		}
		return http.StatusBadRequest, fmt.Errorf("the file ends too early: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	size := b.size - len(b.files[path].data) + len(data)
	if size > room {
		return http.StatusInsufficientStorage, fmt.Errorf("the files of the sandbox take more than %d bytes", room)
	}
	b.size, b.files[path] = size, file{kind, data}
	return http.StatusOK, nil
}

// Read returns the file at a path, which begins with Path.
func (b *Bucket) Read(escapedPath string) ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.files[escapedPath]
	return f.data, ok
}

func (b *Bucket) show(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	f, ok := b.files[r.URL.EscapedPath()]
	b.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, animationPath) {
		f, ok = file{"image/gif", []byte(emptyGIF)}, true
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("Content-Length", strconv.Itoa(len(f.data)))
	// A page that somebody uploaded runs no script beside the API.
	header.Set("Content-Security-Policy", "sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.data)
	}
}
