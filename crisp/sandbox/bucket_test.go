package sandbox_test

import (
	"bytes"
	"image/gif"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

// fetch sends a request without credentials, as to a storage, and returns the status and the body.
func fetch(t *testing.T, method, url, kind, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw), res.Header
}

// upload is the payload of an event with an address.
type upload struct {
	From, ID, Identifier, Type string
	Resource                   struct{ Type, ID string }
	Policy                     struct {
		Limit int `json:"size_limit"`
	}
	URL struct{ Resource, Signed string }
}

func requestUpload(t *testing.T, a *api, l *listener, body string) upload {
	t.Helper()
	a.ok("POST", "/bucket/url/generate", body, nil)
	var got upload
	event := l.next(t, 1)[0]
	event.decode(t, &got)
	return got
}

// TestUpload sends a file to the address that an event names, and reads it.
func TestUpload(t *testing.T) {
	var late atomic.Int64 // the sandbox reads its clock whenever it likes
	_, a, l := listen(t, sandbox.Config{Now: func() time.Time { return clock.Add(time.Duration(late.Load())) }})
	got := requestUpload(t, a.as("plugin"), l, `{"namespace":"upload","id":"transcript_1","file":{"name":"a b/ü.txt","type":"text/plain"},"resource":{"type":"session","id":"s"}}`)
	if got.From != "plugin" || got.ID != "transcript_1" || got.Type != "text/plain" || got.Resource.Type != "session" || got.Resource.ID != "s" {
		t.Errorf("the event is %+v", got)
	}
	if status, _, _ := fetch(t, "GET", got.URL.Resource, "", ""); status != http.StatusNotFound {
		t.Errorf("before the upload: %d", status)
	}
	for _, c := range []struct {
		name, url, kind, body string
		want                  int
	}{
		{"another type", got.URL.Signed, "text/html", "x", http.StatusForbidden},
		{"no signature", got.URL.Resource, "text/plain", "x", http.StatusForbidden},
		{"a changed type", strings.Replace(got.URL.Signed, "text%2Fplain", "text%2Fhtml", 1), "text/html", "x", http.StatusForbidden},
		{"another file", strings.Replace(got.URL.Signed, ".txt", ".exe", 1), "text/plain", "x", http.StatusForbidden},
		{"too much", got.URL.Signed, "text/plain", strings.Repeat("x", got.Policy.Limit+1), http.StatusRequestEntityTooLarge},
		{"the file", got.URL.Signed, "text/plain", "Hello", http.StatusOK},
	} {
		if status, text, _ := fetch(t, "PUT", c.url, c.kind, c.body); status != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, status, text, c.want)
		}
	}
	if status, text, header := fetch(t, "GET", got.URL.Resource, "", ""); status != http.StatusOK || text != "Hello" || header.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %q %v", status, text, header)
	}
	if status, _, _ := fetch(t, "DELETE", got.URL.Resource, "", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", status)
	}
	late.Store(int64(time.Hour))
	if status, text, _ := fetch(t, "PUT", got.URL.Signed, "text/plain", "Later"); status != http.StatusForbidden || !strings.Contains(text, "expired") {
		t.Errorf("an hour later: %d %s", status, text)
	}
	// Without an owner the file is the website's.
	if got := requestUpload(t, a, l, `{"namespace":"avatar","id":"","file":{}}`); got.Resource.ID != sandbox.WebsiteID || got.Type != "application/octet-stream" || got.From != "user" {
		t.Errorf("the event is %+v", got)
	}
	a.refused("POST", "/bucket/url/generate", `{"namespace":"upload","id":"","file":{"type":"a/b/c"}}`, 400, "invalid_data")
	a.refused("POST", "/bucket/url/generate", `{"namespace":"cellar","id":"","file":{}}`, 400, "invalid_data")
}

// TestFullBucket checks that files do not fill the memory.
func TestFullBucket(t *testing.T) {
	_, a, l := listen(t, sandbox.Config{})
	large := strings.Repeat("x", 10_000_000)
	for n := 0; ; n++ {
		got := requestUpload(t, a, l, `{"namespace":"upload","id":"","file":{"type":"text/plain"}}`)
		status, text, _ := fetch(t, "PUT", got.URL.Signed, "text/plain", large)
		if status == http.StatusInsufficientStorage && n == 16 {
			break
		}
		if status != http.StatusOK {
			t.Fatalf("upload %d: %d %s", n, status, text)
		}
	}
}

// TestAnimations checks that the results of a search are pictures, in pages that end.
func TestAnimations(t *testing.T) {
	_, a, l := listen(t, sandbox.Config{})
	for page, want := range map[string]int{"1": 20, "2": 20, "3": 5, "4": 0, "9000000000000000000": 0} {
		a.ok("GET", "/media/animation/list/"+page+"?list_id=7", "", nil)
		var got struct {
			ID      int
			Results []struct{ Type, URL string }
		}
		event := l.next(t, 1)[0]
		event.decode(t, &got)
		if got.ID != 7 || len(got.Results) != want {
			t.Errorf("page %s: number %d with %d results, want %d", page, got.ID, len(got.Results), want)
		}
		if want == 0 {
			continue
		}
		_, text, _ := fetch(t, "GET", got.Results[0].URL, "", "")
		if _, err := gif.DecodeAll(bytes.NewReader([]byte(text))); err != nil {
			t.Errorf("%s: %v", got.Results[0].URL, err)
		}
	}
}

// TestImport uploads a file of contacts and imports it.
func TestImport(t *testing.T) {
	_, a, l := listen(t, sandbox.Config{})
	got := requestUpload(t, a, l, `{"namespace":"upload","id":"","file":{"name":"people.csv","type":"text/csv"}}`)
	csv := "email;name;segments\nada@engines.example;Ada Lovelace;vip,beta\nnobody;Nobody;\nada@engines.example;Ada again;\ngrace@navy.example;Grace Hopper;\n"
	if status, text, _ := fetch(t, "PUT", got.URL.Signed, "text/csv", csv); status != http.StatusOK {
		t.Fatal(status, text)
	}
	form := `{"url":"` + got.URL.Resource + `","mapping":[{"column":0,"field":"email"},{"column":1,"field":"person.nickname"},{"column":2,"field":"segments"}],"options":{"column_separator":";","skip_header":true}}`
	a.ok("POST", "/people/import/profiles", form, nil)
	events := l.next(t, 7)
	if want := strings.Repeat("people:profile:created ", 2) + strings.Repeat("people:import:progress ", 4) + "people:import:done"; names(events) != want {
		t.Errorf("%s, want %s", names(events), want)
	}
	var last struct {
		Progress int
		Count    struct{ Skipped, Remaining int }
		Items    struct {
			Skipped []struct{ Identifier, Reason string }
		}
	}
	if events[5].decode(t, &last); last.Progress != 100 || last.Count.Skipped != 2 || last.Count.Remaining != 0 || last.Items.Skipped[1].Reason != "exists" {
		t.Errorf("%s", events[5].data)
	}
	var done struct{ Error bool }
	if events[6].decode(t, &done); done.Error {
		t.Error("the import has failed")
	}
	var p profile
	if a.ok("GET", "/people/profile/ada@engines.example", "", &p); p.Person.Nickname != "Ada Lovelace" || strings.Join(p.Segments, " ") != "vip beta" {
		t.Errorf("imported %+v", p)
	}
	// What the sandbox does not have fails later, as at Crisp.
	a.ok("POST", "/people/import/profiles", strings.Replace(form, "/bucket/", "/nowhere/", 1), nil)
	if e := l.next(t, 1)[0]; e.name != "people:import:done" || !strings.Contains(string(e.data), `"error":true`) {
		t.Errorf("%s %s", e.name, e.data)
	}
	a.refused("POST", "/people/import/profiles", strings.Replace(form, "segments", "shoe_size", 1), 400, "invalid_data")
}
