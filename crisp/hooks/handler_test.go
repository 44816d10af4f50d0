package hooks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/spec"
)

const (
	website  = "11111111-1111-4111-8111-111111111111"
	other    = "22222222-2222-4222-8222-222222222222"
	signing  = "signing secret"
	urlPart  = "a-secret-of-the-URL"
	sentAt   = "1796083200000"
	goodBody = `{"website_id":"` + website + `","event":"message:send","data":{"website_id":"` + website +
		`","content":"Hello"},"timestamp":1796083199500}`
)

// inbox is a store in memory.
type inbox struct {
	mu   sync.Mutex
	got  []*hooks.Delivery
	fail error
}

func (i *inbox) store(_ context.Context, d *hooks.Delivery) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail == nil {
		i.got = append(i.got, d)
	}
	return i.fail
}

func (i *inbox) take() []*hooks.Delivery {
	i.mu.Lock()
	defer i.mu.Unlock()
	got := i.got
	i.got = nil
	return got
}

func listen(t testing.TB, options hooks.Options) (url string, handler *hooks.Handler) {
	t.Helper()
	handler, err := hooks.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/hooks", handler))
	t.Cleanup(server.Close)
	return server.URL + "/hooks/", handler
}

// request is a delivery that a case changes.
type request struct {
	method, path, body string
	header             http.Header
}

func signed(secret, body string) request {
	r := request{method: http.MethodPost, body: body, header: http.Header{}}
	r.header.Set("Content-Type", "application/json")
	r.header.Set(hooks.TimestampHeader, sentAt)
	r.header.Set(hooks.SignatureHeader, hooks.Sign(secret, sentAt, []byte(body)))
	return r
}

func (r request) with(name, value string) request {
	r.header = r.header.Clone()
	r.header.Del(name)
	if value != "" {
		r.header.Set(name, value)
	}
	return r
}

func (r request) at(path string) request {
	r.path = path
	return r.with(hooks.SignatureHeader, "").with(hooks.TimestampHeader, "")
}

func (r request) send(t testing.TB, url string) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, url+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSuffix(string(text), "\n"), res.Header
}

func TestHandler(t *testing.T) {
	var box inbox
	var refused []string
	url, _ := listen(t, hooks.Options{
		Store: box.store, MaxBody: 1000,
		Secrets: []hooks.Secret{
			{Value: "old secret"}, {Value: signing}, {Value: "secret of another", Website: other},
			{Value: urlPart, Website: website, URL: true}, {Value: "the-next-secret-of-the-URL", Website: website, URL: true},
			{Value: "a-secret-of-another-URL", Website: other, URL: true},
		},
		Refused: func(_ *http.Request, status int, reason error) {
			refused = append(refused, fmt.Sprint(status, " ", reason))
		},
	})
	good := signed(signing, goodBody)
	with := func(old, text string) request { return signed(signing, strings.Replace(goodBody, old, text, 1)) }
	for _, c := range []struct {
		name   string
		r      request
		status int
		answer string
	}{
		{"as signed", good, 200, "ok"},
		{"another valid secret", signed("old secret", goodBody), 200, "ok"},
		{"blanks added on the way", request{"POST", "", strings.ReplaceAll(goodBody, ",", ", "), good.header}, 200, "ok"},
		{"charset", good.with("Content-Type", "application/json; charset=utf-8"), 200, "ok"},
		{"unknown event", with("message:send", "message:sung"), 200, "ok"},
		{"payload without website", with(`"website_id":"`+website+`","content"`, `"content"`), 200, "ok"},
		{"secret in the URL", good.at(urlPart), 200, "ok"},
		{"another valid secret in the URL", good.at("the-next-secret-of-the-URL"), 200, "ok"},

		{"wrong secret", signed("secret", goodBody), 401, "the signature is wrong"},
		{"secret of another website", signed("secret of another", goodBody), 401, "the signature is wrong"},
		{"secret of a URL", signed(urlPart, goodBody), 401, "the signature is wrong"},
		{"another body", request{"POST", "", strings.Replace(goodBody, "Hello", "Hallo", 1), good.header}, 401, "the signature is wrong"},
		{"another time", good.with(hooks.TimestampHeader, "1796083200001"), 401, "the signature is wrong"},
		{"signature that is no hex", good.with(hooks.SignatureHeader, "x"), 401, "the signature is wrong"},
		{"no signature", good.with(hooks.SignatureHeader, ""), 401, "X-Crisp-Signature is missing"},
		{"no time", good.with(hooks.TimestampHeader, ""), 401, "X-Crisp-Request-Timestamp is missing"},
		{"wrong secret in the URL", good.at("a-secret-of-the-UR"), 401, "the secret in the URL is wrong"},
		{"another website's in the URL", good.at("a-secret-of-another-URL"), 401, "the secret in the URL is wrong"},
		{"signing secret in the URL", good.at("signing%20secret"), 401, "the secret in the URL is wrong"},

		{"not sent with POST", request{"PUT", "", goodBody, good.header}, 405, "web hooks are sent with POST"},
		{"looked at with a browser", request{"GET", "", "", http.Header{}}, 405, "web hooks are sent with POST"},
		{"deeper path", good.at("a/b"), 404, "web hooks are not received here"},
		{"a form", good.with("Content-Type", "application/x-www-form-urlencoded"), 415, "Content-Type is not application/json"},
		{"no type", good.with("Content-Type", ""), 415, "Content-Type is not application/json"},
		{"compressed", good.with("Content-Encoding", "gzip"), 415, "Content-Encoding is not supported"},
		{"large", with("Hello", strings.Repeat("o", 1000)), 413, "the body is larger than 1000 bytes"},
		{"no body", signed(signing, ""), 400, "the body is not the JSON of a hook"},
		{"not JSON", signed(signing, "{"), 400, "the body is not the JSON of a hook"},
		{"text behind", signed(signing, goodBody+"x"), 400, "the body is not the JSON of a hook"},
		{"a list", signed(signing, "["+goodBody+"]"), 400, "the body is not the JSON of a hook"},
		{"repeated member", with(`"event"`, `"event":"a","event"`), 400, "the body is not the JSON of a hook"},
		{"other case", with(`"event"`, `"Event"`), 400, "the body has no event"},
		{"no website", with(`"website_id"`, `"site"`), 400, "the body has no website_id"},
		{"no data", with(`"data"`, `"dato"`), 400, "the body has no object data"},
		{"data is a list", with(`{"website_id":"`+website+`","content":"Hello"}`, `[]`), 400, "the body has no object data"},
		{"data of another website", with(`"data":{"website_id":"`+website, `"data":{"website_id":"`+other), 400, "data is of another website"},
		{"data of no website", with(`"data":{"website_id":"`+website+`"`, `"data":{"website_id":null`), 400, "data is of another website"},
		{"odd time", with("1796083199500", `"now"`), 400, "timestamp is not Unix milliseconds"},
		{"time before all", with("1796083199500", `-1`), 400, "timestamp is not Unix milliseconds"},
	} {
		refused = nil
		status, answer, header := c.r.send(t, url)
		if status != c.status || answer != c.answer {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, answer, c.status, c.answer)
		}
		stored := len(box.take())
		if (stored == 1) != (c.status == 200) || stored > 1 {
			t.Errorf("%s: stored %d times", c.name, stored)
		}
		if want := fmt.Sprint(c.status, " ", c.answer); c.status != 200 && (len(refused) != 1 || refused[0] != want) {
			t.Errorf("%s: reported %q", c.name, refused)
		}
		if status == 405 && header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", c.name, header.Get("Allow"))
		}
	}
}

func TestDelivery(t *testing.T) {
	var box inbox
	url, _ := listen(t, hooks.Options{Store: box.store, Secrets: []hooks.Secret{{Value: signing}, {Value: urlPart, URL: true}}})
	r := signed(signing, goodBody).with(hooks.OriginHeader, "plugin/rtm 4f1c production").
		with(hooks.AttemptHeader, "2").with(hooks.AttemptsHeader, "5")
	r.send(t, url)
	signed(signing, strings.Replace(goodBody, "message:send", "a:b", 1)).at(urlPart).with(hooks.AttemptHeader, "x").send(t, url)
	got := box.take()
	if len(got) != 2 {
		t.Fatalf("stored %d times", len(got))
	}
	d := got[0]
	if d.Name != "message:send" || d.WebsiteID != website || string(d.Data) != `{"website_id":"`+website+`","content":"Hello"}` ||
		d.Time.UnixMilli() != 1796083199500 || !d.Known || !d.Signed || d.Origin != "plugin/rtm 4f1c production" ||
		d.Attempt != 2 || d.Attempts != 5 {
		t.Errorf("%+v", d)
	}
	if d = got[1]; d.Name != "a:b" || d.Known || d.Signed || d.Attempt != 0 {
		t.Errorf("%+v", d)
	}
}

// TestEveryEventArrives sends the example of each event as Crisp does.
func TestEveryEventArrives(t *testing.T) {
	var box inbox
	url, _ := listen(t, hooks.Options{Store: box.store, Secrets: []hooks.Secret{{Value: signing}}})
	for _, event := range spec.Events() {
		body := fmt.Sprintf(`{"website_id":%q,"event":%q,"data":%s,"timestamp":1}`, website, event.Name, event.Example)
		if status, answer, _ := signed(signing, body).send(t, url); status != 200 {
			t.Errorf("%s: %d %s", event.Name, status, answer)
			continue
		}
		if got := box.take(); len(got) != 1 || got[0].Name != event.Name || string(got[0].Data) != event.Example || !got[0].Known {
			t.Errorf("%s: %+v", event.Name, got)
		}
	}
}

func TestFailingStore(t *testing.T) {
	box := inbox{fail: errors.New("disk is full")}
	var reason error
	url, _ := listen(t, hooks.Options{
		Store: box.store, Secrets: []hooks.Secret{{Value: signing}},
		Refused: func(_ *http.Request, _ int, err error) { reason = err },
	})
	status, answer, header := signed(signing, goodBody).send(t, url)
	if status != 503 || answer != "the delivery could not be stored; send it again later" || header.Get("Retry-After") != "5" {
		t.Errorf("%d %q, Retry-After %q", status, answer, header.Get("Retry-After"))
	}
	if !errors.Is(reason, box.fail) {
		t.Errorf("reported %v", reason)
	}
}

func TestSlowStore(t *testing.T) {
	url, _ := listen(t, hooks.Options{
		Store:   func(ctx context.Context, _ *hooks.Delivery) error { <-ctx.Done(); return ctx.Err() },
		Secrets: []hooks.Secret{{Value: signing}}, StoreTimeout: time.Millisecond,
	})
	if status, answer, _ := signed(signing, goodBody).send(t, url); status != 503 {
		t.Errorf("%d %q", status, answer)
	}
}

// receive waits for a value of a channel, with a deadline.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came in a minute")
		panic("unreachable")
	}
}

// TestOverload fills every place, and sends one more.
func TestOverload(t *testing.T) {
	const places = 3
	in, release := make(chan struct{}, places), make(chan struct{})
	url, _ := listen(t, hooks.Options{
		Store: func(context.Context, *hooks.Delivery) error {
			in <- struct{}{}
			<-release
			return nil
		},
		Secrets: []hooks.Secret{{Value: signing}}, MaxConcurrent: places,
	})
	statuses := make(chan int, places)
	for range places {
		go func() {
			status, _, _ := signed(signing, goodBody).send(t, url)
			statuses <- status
		}()
	}
	for range places {
		receive(t, in)
	}
	status, answer, header := signed(signing, goodBody).send(t, url)
	if status != 503 || header.Get("Retry-After") == "" || answer != "too many deliveries at the same time; send it again later" {
		t.Errorf("%d %q", status, answer)
	}
	close(release)
	for range places {
		if status := receive(t, statuses); status != 200 {
			t.Errorf("one that was in: %d", status)
		}
	}
}

func TestWindow(t *testing.T) {
	var box inbox
	url, _ := listen(t, hooks.Options{
		Store: box.store, Window: 5 * time.Minute, Secrets: []hooks.Secret{{Value: signing}, {Value: urlPart, URL: true}},
	})
	for _, c := range []struct {
		name, timestamp string
		status          int
	}{
		{"now", fmt.Sprint(time.Now().UnixMilli()), 200},
		{"a little old", fmt.Sprint(time.Now().Add(-4 * time.Minute).UnixMilli()), 200},
		{"too old", fmt.Sprint(time.Now().Add(-6 * time.Minute).UnixMilli()), 401},
		{"too new", fmt.Sprint(time.Now().Add(6 * time.Minute).UnixMilli()), 401},
		{"no number", "now", 401},
	} {
		r := signed(signing, goodBody).with(hooks.TimestampHeader, c.timestamp).
			with(hooks.SignatureHeader, hooks.Sign(signing, c.timestamp, []byte(goodBody)))
		if status, answer, _ := r.send(t, url); status != c.status {
			t.Errorf("%s: %d %q", c.name, status, answer)
		}
	}
	if status, answer, _ := signed(signing, goodBody).at(urlPart).send(t, url); status != 200 {
		t.Errorf("secret in the URL: %d %q", status, answer)
	}
}

func TestSecretsAreReplaced(t *testing.T) {
	var box inbox
	url, handler := listen(t, hooks.Options{Store: box.store, Secrets: []hooks.Secret{{Value: signing}}})
	if err := handler.SetSecrets(nil); err == nil {
		t.Error("no secret was accepted")
	}
	if status, _, _ := signed(signing, goodBody).send(t, url); status != 200 {
		t.Errorf("after a failure: %d", status)
	}
	if err := handler.SetSecrets([]hooks.Secret{{Value: "new"}}); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := signed(signing, goodBody).send(t, url); status != 401 {
		t.Errorf("old secret: %d", status)
	}
	if status, _, _ := signed("new", goodBody).send(t, url); status != 200 {
		t.Errorf("new secret: %d", status)
	}
}

func TestNewRefuses(t *testing.T) {
	store := new(inbox).store
	for _, c := range []struct {
		want    string
		options hooks.Options
	}{
		{"Store is missing", hooks.Options{Secrets: []hooks.Secret{{Value: signing}}}},
		{"need a secret", hooks.Options{Store: store}},
		{"is empty", hooks.Options{Store: store, Secrets: []hooks.Secret{{Value: signing}, {Website: website}}}},
		{"has blanks around it", hooks.Options{Store: store, Secrets: []hooks.Secret{{Value: "a "}}}},
		{"5 characters; use at least 16", hooks.Options{Store: store, Secrets: []hooks.Secret{{Value: "short", URL: true}}}},
		{"other than letters", hooks.Options{Store: store, Secrets: []hooks.Secret{{Value: "a/secret/of/the/URL", URL: true}}}},
	} {
		if _, err := hooks.New(c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// Bodies that do not come keep nobody else's delivery from being stored.
func TestSlowBodies(t *testing.T) {
	stored := make(chan string, 1)
	h, err := hooks.New(hooks.Options{
		Secrets: []hooks.Secret{{Value: "a secret"}}, MaxConcurrent: 2,
		Store: func(_ context.Context, d *hooks.Delivery) error {
			stored <- d.Name
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for range 4 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"+
			hooks.SignatureHeader+": 00\r\n"+hooks.TimestampHeader+": 1\r\n\r\n{")
		if err != nil {
			t.Fatal(err)
		}
	}
	body := `{"website_id":"w","event":"message:send","data":{},"timestamp":1}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(hooks.TimestampHeader, "1")
	req.Header.Set(hooks.SignatureHeader, hooks.Sign("a secret", "1", []byte(body)))
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
	if name := <-stored; name != "message:send" {
		t.Errorf("stored %q", name)
	}
}
