package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the program on a port of its own until the test ends.
func start(t *testing.T) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var log testoutput.Buffer
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = run(ctx, "127.0.0.1:0", &log)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if <-done; err != nil {
			t.Error(err)
		}
	})
	testwait.Until(t, "the address", func() bool {
		select {
		case <-done:
			t.Fatalf("the service ended: %v", err)
		default:
		}
		return strings.HasSuffix(log.String(), "\n")
	})
	return "http://" + strings.TrimSpace(strings.TrimPrefix(log.String(), "listening on "))
}

// post returns the status and the body of an answer.
func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

func TestAnswers(t *testing.T) {
	url := start(t)
	for _, c := range []struct {
		path, body string
		status     int
		contains   string
	}{
		{"/acme/onMessage", `[{"from":"Ann","text":"Hi"}]`, 200, `{"notes":["Ann: Hi"],"reply":"Hello Ann! You are number 1."}`},
		{"/acme/onMessage", `[{"from":"Bo","text":"Ho"}]`, 200, `"notes":["Ann: Hi","Bo: Ho"]`},
		{"/birch/onMessage", `[{}]`, 200, `{"reply":"Notes: 0"}`}, // those of acme are not seen
		{"/birch/write", `[]`, 403, "notes:write"},
		{"/birch/bug", `[]`, 500, "main.lua:13:"},
		{"/cedar/onMessage", `[]`, 504, "the script ran out of time"},
		{"/cedar/phone", `[]`, 403, "needs the permission fetch:example.com"},
		{"/acme/onMesage", `[]`, 404, "no such function"},
		{"/acme/toString", `[]`, 404, "no such function"},
		{"/nobody/onMessage", `[]`, 404, "no such tenant"},
		{"/acme/onMessage", `{}`, 400, "no JSON array"},
		{"/acme/onMessage", `["` + strings.Repeat("x", maxBody) + `"]`, 400, "too large"},
	} {
		status, body := post(t, url+c.path, c.body)
		if status != c.status || !strings.Contains(body, c.contains) {
			t.Errorf("%s %.60s: %d %s, want %d %s", c.path, c.body, status, body, c.status, c.contains)
		}
	}
}

// TestBadNeighbour has a tenant loop in all its instances, while others are served.
func TestBadNeighbour(t *testing.T) {
	url := start(t)
	var loops sync.WaitGroup
	for range 3 { // with one instance, the others wait for it until their deadline
		loops.Go(func() {
			if status, body := post(t, url+"/cedar/onMessage", `[]`); status != http.StatusGatewayTimeout {
				t.Errorf("the loop: %d %s", status, body)
			}
		})
	}
	for range 20 {
		if status, body := post(t, url+"/birch/onMessage", `[{}]`); status != http.StatusOK {
			t.Errorf("the neighbour: %d %s", status, body)
		}
	}
	loops.Wait()

	if status, body := post(t, url+"/cedar/fill", `[]`); status != http.StatusInsufficientStorage && status != http.StatusGatewayTimeout {
		t.Errorf("all memory: %d %s", status, body)
	}
	if status, body := post(t, url+"/birch/onMessage", `[{}]`); status != http.StatusOK {
		t.Errorf("the neighbour: %d %s", status, body)
	}
}

func TestMistakesOfTenants(t *testing.T) {
	for name, c := range map[string]struct {
		code        string
		permissions []string
		want        string
	}{
		"syntax":     {"export function f( {}", nil, "tenant a: main.js:1:"},
		"permission": {"export function f() {}", []string{"note"}, `unknown permission "note"`},
		"neighbour":  {`import "../b/main.js"`, nil, "tenant a: main.js:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"a/main.js": {Data: []byte(c.code)}, "b/main.js": {Data: []byte("export const secret = 1")}}
			_, err := newService(t.Context(), files, []tenant{{name: "a", entry: "main.js", permissions: c.permissions, instances: 1}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
