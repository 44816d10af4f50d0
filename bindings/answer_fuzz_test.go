package bindings_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/tape"
)

// oneBody answers every request with one body, without a network.
type oneBody struct{ body []byte }

func (o *oneBody) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: req,
		Body: io.NopCloser(bytes.NewReader(o.body)), ContentLength: int64(len(o.body)),
	}, nil
}

// FuzzAnswer compares the answers of scripts, which the runtimes' parser reads, with those of the client, which checks them.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"error":false,"reason":"listed","data":[{"a":1,"a":2},{"timestamp":1}]}`, `{"error":false,"reason":"listed","data":[ [] ,"]", {"data":"}"} ]}`,
		` { "error" : false , "reason" : "r" , "data" : {"data":[1]} } `, `{"error":false,"reason":"r","data":[1],"data":[2]}`, `{"data":[1,2],"reason":"r","error":false}`,
		`{"error":false,"reason":"r","data":[1],"error":true}`, `{"error":false,"reason":"r","data":[1]}}`, `{"error":false,"reason":"r","data":[1}`, `{"error":false,"reason":"r","data":[]x}`,
		`{"error":false,"reason":"r","data":}`, `{"error":false,"reason":"r"}`, `{"error":false,"reason":"r","data":null}`, "\ufeff{\"error\":false,\"reason\":\"r\",\"data\":[1]}",
		"{\"error\":false,\"reason\":\"r\",\"data\":[\"\xff\",\"\\ud83d\"]}", `{"error":false,"reason":"r","data":[1,]}`, `{"error":false,"reason":"r","data":[1] 2}`, ``, `[]`,
	} {
		f.Add([]byte(body))
	}
	transport := &oneBody{}
	client, err := crisp.New(crisp.WithTransport(transport))
	if err != nil {
		f.Fatal(err)
	}
	modules := modulesOf(f, bindings.WithConnection(client, sandbox.WebsiteID))
	get, list := find(f, modules, "crisp.api.get"), find(f, modules, "crisp.conversations.list")
	f.Fuzz(func(t *testing.T, body []byte) {
		transport.body = body
		want, wantErr := client.Call(t.Context(), http.MethodGet, "plain", nil)
		got, err := get.Call(t.Context(), []any{"plain"})
		if err != nil || wantErr != nil {
			if failed, ok := errors.AsType[*crisp.Error](err); !ok || wantErr == nil || failed.Error() != wantErr.Error() {
				t.Fatalf("%q: %v, the client says %v", body, err, wantErr)
			}
			return
		}
		doc, _ := got.(map[string]any)["data"].(*tape.Document)
		if (doc == nil) != (want.Data == nil) || doc != nil && string(doc.Bytes()) != string(want.Data) {
			t.Fatalf("%q: %v, the client says %q", body, got, want.Data)
		}
		var items []json.RawMessage
		if json.Unmarshal(want.Data, &items) != nil || len(items) < 2 {
			return
		}
		got, err = list.Call(t.Context(), []any{object{"limit": int64(2)}})
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		var listed []json.RawMessage
		if err := json.Unmarshal(got.(*tape.Document).Bytes(), &listed); err != nil || !slices.EqualFunc(listed, items[:2], slices.Equal) {
			t.Fatalf("%q: %q, %v", body, listed, err)
		}
	})
}
