package gate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

func TestAsksFor(t *testing.T) {
	for _, c := range []struct {
		level Safety
		want  string
	}{
		{Off, "[false false false false]"}, {Deletes, "[false false true true]"}, {Writes, "[false true true true]"},
	} {
		var got []bool
		for _, e := range []engine.Effect{engine.Read, engine.Write, engine.Send, engine.Delete} {
			got = append(got, c.level.asksFor(e))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v", c.level, got)
		}
	}
}

// pass sends a call through gates, in front of a function that returns "done".
func pass(ctx context.Context, g *Gates, c *engine.HostCall) (any, error) {
	handler := func(context.Context, *engine.HostCall) (any, error) { return "done", nil }
	for _, gate := range slices.Backward(g.All()) {
		handler = gate(handler)
	}
	return handler(ctx, c)
}

// TestQuestionOfAnEndedCall lets a call end while its question waits for another one.
func TestQuestionOfAnEndedCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if result, err := pass(ctx, New(true, Deletes), &engine.HostCall{Name: "billing.delete", Effect: engine.Delete}); err == nil {
		t.Error(result)
	}
}

// TestWhatIsAsked answers no to every question.
func TestWhatIsAsked(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  engine.HostCall
		asked string
	}{
		{"read", engine.HostCall{Name: "billing.get"}, ""},
		{"write", engine.HostCall{Name: "billing.set", Effect: engine.Write}, ""},
		{"delete", engine.HostCall{Name: "billing.cancel", Effect: engine.Delete, Args: []any{"in_1", map[string]any{"now": true}, nil, []byte("abc")}},
			`billing.cancel "in_1", {"now":true}, null, 3 bytes`},
		{"send", engine.HostCall{Name: "billing.mail", Effect: engine.Send, Args: []any{"a\nb", int64(5)}}, "billing.mail 3 bytes:, 5\na\nb"},
		{"store", engine.HostCall{Name: "store.delete", Effect: engine.Delete}, ""},
		{"fetch", engine.HostCall{Name: "fetch", Effect: engine.Delete, Detail: request("https://u:p@api.example/x?a=1")}, "DELETE https://api.example/x?a=1"},
		{"redirect", engine.HostCall{Name: "fetch", Effect: engine.Delete, Redirected: true, Detail: request("https://api.example/y")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(true, Deletes)
			asked := ""
			done := make(chan error)
			go func() {
				_, err := pass(t.Context(), g, &c.call)
				done <- err
			}()
			var err error
			select {
			case q := <-g.Questions():
				asked = strings.TrimSpace(q.Request.Method + " " + q.Request.Path + q.Request.Text)
				q.Answer(ErrDeclined)
				err = <-done
			case err = <-done:
			}
			if asked != c.asked || (err != nil) != (c.asked != "") {
				t.Errorf("asked %q: %v", asked, err)
			}
		})
	}
}

func request(address string) *http.Request {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return &http.Request{Method: http.MethodDelete, URL: u}
}

// TestBodyIsReadTwice describes a request that is sent afterwards.
func TestBodyIsReadTwice(t *testing.T) {
	for _, again := range []bool{true, false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.crisp.chat/v1/website/1?q=%20", strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		if !again {
			req.GetBody = nil
		}
		r, err := describe(&engine.HostCall{Name: "fetch", Detail: req}, "https://api.crisp.chat/v1/")
		if err != nil || string(r.Body) != "text" || r.Path != "/website/1?q=+" || r.Title() != "POST /website/1" {
			t.Errorf("%+v %v", r, err)
		}
		if body, err := io.ReadAll(req.Body); err != nil || string(body) != "text" {
			t.Errorf("%q %v", body, err)
		}
	}
}

// TestPlanOfUnknownResult plans a write of a function that has no plan.
func TestPlanOfUnknownResult(t *testing.T) {
	g, plan := New(true, Deletes), &Plan{}
	g.Hold(plan)
	result, err := pass(t.Context(), g, &engine.HostCall{Name: "billing.cancel", Effect: engine.Delete})
	if err == nil || result != nil || !strings.Contains(err.Error(), "nobody knows what billing.cancel would return") {
		t.Errorf("%v %v", result, err)
	}
	if len(plan.Writes()) != 1 || g.Changed() {
		t.Errorf("%v", plan.Writes())
	}
}

// TestPlanOfFetch plans a request of fetch, which is not sent.
func TestPlanOfFetch(t *testing.T) {
	g, plan := New(true, Deletes), &Plan{}
	g.Hold(plan)
	result, err := pass(t.Context(), g, &engine.HostCall{Name: "fetch", Effect: engine.Delete, Detail: request("https://api.example/x")})
	answer, ok := result.(*http.Response)
	if err != nil || !ok || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", result, err)
	}
	defer answer.Body.Close()
	if writes := plan.Writes(); len(writes) != 1 || writes[0].Title() != "DELETE https://api.example/x" {
		t.Errorf("%v", writes)
	}
}

func TestCountingItems(t *testing.T) {
	text := `{"error":false,"reason":"li\"st[{","data":[{"a":[{"b":1}]},{"c":{"d":2}},{}, "x"]}`
	for size := 1; size < len(text); size++ {
		var c itemCounter
		n := 0
		for part := range slices.Chunk([]byte(text), size) {
			n += c.scan(part)
		}
		if n != 3 {
			t.Errorf("%d items in parts of %d", n, size)
		}
	}
	var c itemCounter
	if n := c.scan([]byte(`{"data":{"a":{"b":1}}}`)); n != 0 {
		t.Errorf("%d items in no list", n)
	}
}
