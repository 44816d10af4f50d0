package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
)

// The page is an http.Handler. Its backend is a host; here it is one with nothing behind it.
func Example() {
	backend := newFake(time.Now)

	c, err := console.New(backend, console.Options{Addr: "127.0.0.1:8686"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: c}
	server.RegisterOnShutdown(c.Close)
	defer server.Close()

	// What server answers when it listens.
	answer := httptest.NewRecorder()
	server.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8686/", http.NoBody))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
