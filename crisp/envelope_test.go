package crisp

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

var bodies = []string{
	`{"error":false,"reason":"listed","data":[{"a":1},{"a":2}]}`,
	` { "error" : false , "reason" : "listed" , "data" : [ 1 ] } `,
	"\n\t{\r\n\"error\":false,\"reason\":\"\",\"data\":{}}\n", `{"error":false,"reason":"r","data":` + strings.Repeat(" ", 5000) + `null` + strings.Repeat("\n", 5000) + `}`,
	// Other orders and further members.
	`{"data":[1],"error":false,"reason":"listed"}`, `{"error":false,"data":[1],"reason":"listed"}`, `{"reason":"listed","error":false,"data":[1]}`,
	`{"error":false,"reason":"listed","data":[1],"more":[2]}`, `{"error":false,"reason":"listed","more":1,"data":[1]}`, `{"error":false,"reason":"listed"}`, `{"data":1}`,
	// Repeated members: the last one counts.
	`{"error":false,"reason":"listed","data":[1],"data":[2]}`, `{"error":false,"reason":"listed","data":[1],"reason":[2]}`, `{"error":false,"reason":"a","data":{},"reason":"b"}`,
	`{"error":false,"reason":"listed","data":[1],"error":true}`, `{"error":false,"error":true,"reason":"listed","data":[1]}`, `{"error":false,"reason":"listed","data":{},"data":{"message":"m"},"error":true}`,
	// Data within data, and in strings.
	`{"error":false,"reason":"listed","data":{"data":[1],"error":true}}`, `{"error":false,"reason":"\",\"data\":[2]","data":"}"}`, `{"error":false,"reason":"data","data":"\"data\":[1]}"}`,
	`{"error":false,"reason":"listed","data":"a}"}`, `{"error":false,"reason":"listed","data":[{"a":"}]"}]}`, `{"err\u006fr":false,"reason":"listed","data":[1]}`,
	// The other members are not what they are.
	`{"error":true,"reason":"not_allowed","data":{"message":"m"}}`, `{"error":0,"reason":"listed","data":[1]}`, `{"error":falsey,"reason":"listed","data":[1]}`, `{"error":false,"reason":null,"data":[1]}`,
	`{"error":false,"reason":"\u0041\n","data":[1]}`, "{\"error\":false,\"reason\":\"a\nb\",\"data\":[1]}", "{\"error\":false,\"reason\":\"\xff\",\"data\":[1]}", `{"error":false,"reason":"é","data":[1]}`,
	"{\"error\":false,\"reason\":\"\x7f\",\"data\":[1]}", "{\"error\":false,\"reason\":\"r\",\"data\":\"\xff\xc3\"}", "{\"error\":false,\"reason\":\"r\",\"data\":[\"\\ud83d\"]}",
	// No JSON.
	``, ` `, `{}`, `[]`, `null`, `{"error":false,"reason":"listed","data":}`, `{"error":false,"reason":"listed","data": }`, `{"error":false,"reason":"listed","data"}`, `{"error":false,"reason":"listed","data":[1]`,
	`{"error":false,"reason":"listed","data":[1]}}`, `{"error":false,"reason":"listed","data":[1]} x`, `{"error":false,"reason":"listed","data":[1]}{}`, `{"error":false,"reason":"listed","data":[1],}`,
	`{"error":false,"reason":"listed","data":[1,]}`, `{"error":false,"reason":"listed","data":[]x}`, `{"error":false,"reason":"listed","data":[] ]}`, `{"error":false,"reason":"listed","data":1 2}`,
	`{"error":false,"reason":"listed,"data":[1]}`, `{"error":false "reason":"listed","data":[1]}`, `{"error":false,"reason":"listed","data":[1]}` + "\x00", "\ufeff" + `{"error":false,"reason":"listed","data":[1]}`,
	"{\"error\":false,\"reason\":\"listed\",\"data\":[1]\u00a0}", "{\"error\":false,\"reason\":\"listed\",\v\"data\":[1]}", `{"error":false,"reason":"listed","data":01}`, `<html>`,
}

var errParser = errors.New("not one JSON value")

func strictly(data jsontext.Value) error {
	if !data.IsValid(lenient) {
		return errParser
	}
	return nil
}

// FuzzEnvelope compares answers that a caller's parser reads with those that the client checks.
func FuzzEnvelope(f *testing.F) {
	for i, body := range bodies {
		f.Add([]byte(body), []uint16{200, 200, 206, 404, 502}[i%5])
		f.Add([]byte(body), uint16(200))
	}
	client := dial(f, "http://localhost")
	f.Fuzz(func(t *testing.T, body []byte, status uint16) {
		reply := &http.Response{StatusCode: int(status)}
		want, wantErr := client.interpret(&outgoing{operation: "test"}, reply, body)
		var parsed jsontext.Value
		got, err := client.interpret(&outgoing{operation: "test", parse: func(data jsontext.Value) error {
			if len(data) == 0 {
				t.Error("no data was handed to the parser")
			}
			parsed = data
			return strictly(data)
		}}, reply, body)
		if err != nil || wantErr != nil {
			if err == nil || wantErr == nil || err.Error() != wantErr.Error() || err.final != wantErr.final || !sameText(err.Err, wantErr.Err) {
				t.Fatalf("%d %q: error %v, checked %v", status, body, err, wantErr)
			}
			return
		}
		if got.Reason != want.Reason || string(got.Data) != string(want.Data) || (got.Data == nil) != (want.Data == nil) || cap(got.Data) != len(got.Data) {
			t.Fatalf("%d %q: reason %q, data %q; checked %q, %q", status, body, got.Reason, got.Data, want.Reason, want.Data)
		}
		if string(parsed) != string(got.Data) {
			t.Fatalf("%q: data %q, of which the parser got %q last", body, got.Data, parsed)
		}
		// What the parser never takes is an error of the call, whatever the order of the members.
		refused, err := client.interpret(&outgoing{operation: "test", parse: func(jsontext.Value) error { return errParser }}, reply, body)
		if want.Data == nil {
			if err != nil || refused.Data != nil {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if err == nil || err.Reason != ReasonInvalidResponse || !errors.Is(err, errParser) || repeatable(http.MethodGet, err) {
			t.Fatalf("%q with a parser that refuses it: %v", body, err)
		}
	})
}

func sameText(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}

// The envelope as the API writes it is found by its ends: otherwise nothing would be saved.
func TestUsualEnvelope(t *testing.T) {
	for _, body := range bodies[:4] {
		e, ok := usualEnvelope([]byte(body))
		want, err := parseEnvelope([]byte(body))
		if !ok || err != nil || e.failed || e.reason != want.reason || string(e.data) != string(want.data) {
			t.Errorf("%.60q: %+v, %v", body, e, ok)
		}
	}
}

func TestParseOfACall(t *testing.T) {
	asked := 0
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			answer(w, 503, `{"error":true,"reason":"busy","data":{}}`)
			return
		}
		ok(w, `[1]`)
	}, newFakeClock().option())
	for _, do := range []func(*Request) (*Response, error){
		func(req *Request) (*Response, error) { return client.Do(t.Context(), plainOp, req) },
		func(req *Request) (*Response, error) { return client.Call(t.Context(), "GET", "plain", req) },
	} {
		asked = 0
		var parsed []string
		resp, err := do(&Request{Parse: func(data jsontext.Value) error { parsed = append(parsed, string(data)); return nil }})
		if err != nil || resp.Attempts != 2 || !slices.Equal(parsed, []string{"[1]"}) {
			t.Errorf("parsed %q, %v", parsed, err)
		}
		_, err = do(&Request{Parse: func(jsontext.Value) error { return errParser }})
		if e := wantError(t, err, 200, ReasonInvalidResponse); e.Operation == "" || e.Attempts != 1 || asked != 3 {
			t.Errorf("%+v after %d requests", e, asked)
		}
	}
}

func TestParseOfPages(t *testing.T) {
	for _, op := range []*spec.Operation{listOp, messagesOp} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if op == messagesOp {
				history(w, r)
				return
			}
			threePages(w, r)
		})
		var last string
		pages := 0
		for resp, err := range client.Pages(t.Context(), op, &Request{Parse: func(data jsontext.Value) error { last = string(data); return nil }}) {
			if pages++; err != nil || last != string(resp.Data) {
				t.Errorf("%s: page %q, parsed %q, %v", op.ID, resp.Data, last, err)
			}
		}
		if pages != 3 {
			t.Errorf("%s: %d pages", op.ID, pages)
		}
	}
}
