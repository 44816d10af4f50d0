package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// faultyAPI answers as a broken service does. The first part of the path names the way: $FAULTS/html/v1/ is a base URL.
func faultyAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/html/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Welcome to nginx</title>")
	})
	mux.HandleFunc("/big/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"error":false,"reason":"listed","data":"`)
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 100 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `"}`)
	})
	mux.HandleFunc("/middle/", func(w http.ResponseWriter, r *http.Request) {
		// A 400 in place of a 500 would hide whether retries end; the page number is the last segment.
		if !strings.HasSuffix(r.URL.Path, "/1") {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error":true,"reason":"internal_error","data":{}}`)
			return
		}
		items := make([]string, 20)
		for i := range items {
			items[i] = fmt.Sprintf(`{"session_id":"session_%08d-0000-4000-8000-000000000000","state":"pending"}`, i)
		}
		_, _ = fmt.Fprintf(w, `{"error":false,"reason":"listed","data":[%s]}`, strings.Join(items, ","))
	})
	mux.HandleFunc("/unauthorized/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":true,"reason":"invalid_session","data":{}}`)
	})
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fetched") })
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://other.invalid/", http.StatusFound)
	})
	return mux
}
