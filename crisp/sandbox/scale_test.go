package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

const large = 100_000

func direct(tb testing.TB, server *sandbox.Server, path string) *httptest.ResponseRecorder {
	tb.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/v1/website/"+sandbox.WebsiteID+path, nil)
	r.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	if server.ServeHTTP(w, r); w.Code != http.StatusOK {
		tb.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w
}

// TestLargeSandbox pages through the far end of a large inbox and finds a profile without listing any.
func TestLargeSandbox(t *testing.T) {
	a := serve(t, sandbox.Config{Conversations: large, People: large, Visitors: 1000})
	var last, beyond []conversation
	a.ok("GET", "/conversations/2000?per_page=50&include_empty=1", "", &last)
	a.ok("GET", "/conversations/2001?per_page=50&include_empty=1", "", &beyond)
	if len(last) != 50 || len(beyond) != 0 {
		t.Fatalf("%d on the last page, %d behind it", len(last), len(beyond))
	}
	if !slices.IsSortedFunc(last, func(x, y conversation) int { return int(y.UpdatedAt - x.UpdatedAt) }) {
		t.Error("the last page is not in order")
	}
	var profiles []profile
	a.ok("GET", "/people/profiles/2000?per_page=50", "", &profiles)
	for _, p := range profiles {
		var byEmail profile
		if a.ok("GET", "/people/profile/"+p.Email, "", &byEmail); byEmail.PeopleID != p.PeopleID {
			t.Errorf("%s is %s and %s", p.Email, p.PeopleID, byEmail.PeopleID)
		}
	}
	var stats struct{ Total int }
	if a.ok("GET", "/people/stats", "", &stats); stats.Total != large {
		t.Errorf("%d profiles", stats.Total)
	}
}

// BenchmarkStart is the time until a large sandbox takes requests.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		sandbox.New(sandbox.Config{Conversations: large, People: large, Now: now})
	}
}

// BenchmarkFirstList is the first list of a large sandbox, which summarises all conversations.
func BenchmarkFirstList(b *testing.B) {
	for b.Loop() {
		direct(b, sandbox.New(sandbox.Config{Conversations: large, People: large, Now: now}), "/conversations/1?per_page=50")
	}
}

func benchmarkGet(b *testing.B, path string) {
	server := sandbox.New(sandbox.Config{Conversations: large, People: large, Now: now})
	b.SetBytes(int64(direct(b, server, path).Body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		direct(b, server, path)
	}
}

func BenchmarkList(b *testing.B)     { benchmarkGet(b, "/conversations/1?per_page=50") }
func BenchmarkProfiles(b *testing.B) { benchmarkGet(b, "/people/profiles/1?per_page=50") }

// The selections are kept until the next write. These three write before each list, which makes it anew.
func benchmarkFresh(b *testing.B, path string) {
	server := sandbox.New(sandbox.Config{Conversations: large, People: large, Now: now})
	direct(b, server, path)
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/website/"+sandbox.WebsiteID+"/conversation", nil)
		r.SetBasicAuth(sandbox.Identifier, sandbox.Key)
		server.ServeHTTP(httptest.NewRecorder(), r)
		direct(b, server, path)
	}
}

func BenchmarkListAfterWrite(b *testing.B) { benchmarkFresh(b, "/conversations/1?per_page=50") }
func BenchmarkTextSearch(b *testing.B) {
	benchmarkFresh(b, "/conversations/1?per_page=50&search_query=no+such+words")
}
func BenchmarkPeopleByName(b *testing.B) {
	benchmarkFresh(b, "/people/profiles/1?sort_field=nickname")
}

// BenchmarkWrite is a change of a conversation that nobody listens to.
func BenchmarkWrite(b *testing.B) {
	server := sandbox.New(sandbox.Config{Now: now})
	var list struct {
		Data []struct {
			ID string `json:"session_id"`
		}
	}
	if err := json.Unmarshal(direct(b, server, "/conversations/1").Body.Bytes(), &list); err != nil {
		b.Fatal(err)
	}
	path := "/v1/website/" + sandbox.WebsiteID + "/conversation/" + list.Data[0].ID + "/meta"
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		body := `{"nickname":"Ada","segments":["vip"],"data":{"plan":"Pro"}}`
		if n%2 == 0 {
			body = `{"nickname":"Bea","segments":["lead"],"data":{"plan":"Free"}}`
		}
		r := httptest.NewRequest("PATCH", path, strings.NewReader(body))
		r.SetBasicAuth(sandbox.Identifier, sandbox.Key)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

// BenchmarkListOverHTTP is a list on a loopback connection.
func BenchmarkListOverHTTP(b *testing.B) {
	a := serve(b, sandbox.Config{})
	req, err := http.NewRequest("GET", a.base+"/website/"+sandbox.WebsiteID+"/conversations/1?per_page=50", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	for b.Loop() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
	}
}
