package hooks_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/hooks"
)

// FuzzHandler looks for requests that get in without a secret, and for answers that the handler does not have.
func FuzzHandler(f *testing.F) {
	good := hooks.Sign(signing, sentAt, []byte(goodBody))
	f.Add("POST", "", "application/json", sentAt, good, goodBody, false)
	f.Add("POST", "", "application/json", sentAt, "", goodBody, true)
	f.Add("POST", urlPart, "application/json", "", "", goodBody, false)
	f.Add("GET", "a/b", "text/plain", "x", "y", "{", false)
	f.Add("POST", "", "application/json", sentAt, "", `{"website_id":"a","event":"\ud800","data":{"\ud800":1e999},"timestamp":1e3}`, true)
	f.Fuzz(func(t *testing.T, method, path, contentType, timestamp, signature, body string, sign bool) {
		if sign {
			signature = hooks.Sign(signing, timestamp, []byte(body))
		}
		stored := 0
		handler, err := hooks.New(hooks.Options{
			Secrets: []hooks.Secret{{Value: signing}, {Value: urlPart, URL: true}},
			Store: func(_ context.Context, d *hooks.Delivery) error {
				stored++
				if d.Name == "" || d.WebsiteID == "" || len(d.Data) == 0 || d.Data[0] != '{' {
					t.Errorf("delivered %+v", d)
				}
				if d.Signed != (path == "") {
					t.Errorf("signed is %t at path %q", d.Signed, path)
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL.Path = method, "/"+path
		r.Header.Set("Content-Type", contentType)
		r.Header.Set(hooks.TimestampHeader, timestamp)
		r.Header.Set(hooks.SignatureHeader, signature)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusOK && stored != 1, w.Code != http.StatusOK && stored != 0:
			t.Errorf("%d, stored %d times", w.Code, stored)
		case stored == 1 && path != urlPart && !hooks.Verify(signing, timestamp, signature, []byte(body)):
			t.Error("stored without a secret")
		case w.Code >= http.StatusInternalServerError:
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// BenchmarkHandler sends deliveries over connections that stay, as a busy sender does, to a store in memory.
func BenchmarkHandler(b *testing.B) {
	var box inbox
	url, _ := listen(b, hooks.Options{Store: box.store, Secrets: []hooks.Secret{{Value: "old secret"}, {Value: signing}}})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	good := signed(signing, goodBody)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(good.body))
			if err != nil {
				b.Error(err)
				return
			}
			req.Header = good.header
			res, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			if res.Body.Close(); res.StatusCode != http.StatusOK {
				b.Errorf("status %d", res.StatusCode)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	if got := len(box.take()); got != b.N {
		b.Errorf("stored %d of %d", got, b.N)
	}
}
