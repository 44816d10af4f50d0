package crisp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

var (
	listOp     = &spec.Operation{ID: "test.list", Method: "GET", Path: "/things/{page_number}", Pages: spec.PagesNumber}
	messagesOp = &spec.Operation{ID: "test.messages", Method: "GET", Path: "/messages", Pages: spec.PagesBefore}
)

// walk collects the data of all pages.
func walk(ctx context.Context, client *Client, op *spec.Operation, req *Request) (pages []string, err error) {
	for resp, err := range client.Pages(ctx, op, req) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, string(resp.Data))
	}
	return pages, nil
}

// threePages answers three pages of two items and then empty ones.
func threePages(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(r.URL.Path[len("/things/"):])
	switch {
	case err != nil || page < 1:
		answer(w, 400, `{"error":true,"reason":"invalid_data","data":{}}`)
	case page > 3:
		ok(w, " [ ] ")
	default:
		ok(w, fmt.Sprintf("[%d,%d]", 2*page-1, 2*page))
	}
}

func TestNumberedPages(t *testing.T) {
	client := serve(t, threePages)
	req := &Request{Query: url.Values{"per_page": {"2"}}}
	for range 2 { // a request may be used again
		pages, err := walk(t.Context(), client, listOp, req)
		if want := []string{"[1,2]", "[3,4]", "[5,6]"}; err != nil || !slices.Equal(pages, want) {
			t.Errorf("pages %v, %v", pages, err)
		}
	}
	pages, err := walk(t.Context(), client, listOp, &Request{Path: map[string]string{"page_number": "3"}})
	if err != nil || !slices.Equal(pages, []string{"[5,6]"}) {
		t.Errorf("from page 3: %v, %v", pages, err)
	}
	for range client.Pages(t.Context(), listOp, nil) {
		break // asks for no second page
	}
}

func TestPagesEndWithAnError(t *testing.T) {
	for _, tc := range []struct {
		name   string
		second http.HandlerFunc
		status int
		reason string
	}{
		{"500", status(500), 500, "a_reason"},
		{"object", func(w http.ResponseWriter, r *http.Request) { ok(w, `{"a":1}`) }, 200, ReasonInvalidResponse},
		{"no data", func(w http.ResponseWriter, r *http.Request) { answer(w, 200, "") }, 200, ReasonInvalidResponse},
		{"not JSON", func(w http.ResponseWriter, r *http.Request) { answer(w, 200, "oops") }, 200, ReasonInvalidResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/things/2" {
					tc.second(w, r)
					return
				}
				threePages(w, r)
			}, newFakeClock().option())
			yields := 0
			for resp, err := range client.Pages(t.Context(), listOp, nil) {
				switch yields++; yields {
				case 1:
					if err != nil || string(resp.Data) != "[1,2]" {
						t.Errorf("page 1: %v", err)
					}
				case 2:
					if resp != nil {
						t.Errorf("page 2: %+v", resp)
					}
					wantError(t, err, tc.status, tc.reason)
				default:
					t.Fatal("it goes on after the error")
				}
			}
			if yields != 2 {
				t.Errorf("%d yields", yields)
			}
		})
	}
}

func TestPagesStopWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/things/2" {
			cancel()
			<-r.Context().Done()
			return
		}
		threePages(w, r)
	})
	pages, err := walk(ctx, client, listOp, nil)
	if len(pages) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("pages %v, %v", pages, err)
	}
}

func TestServerThatRepeatsAPage(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { ok(w, "[1,2]") })
	pages, err := walk(t.Context(), client, listOp, nil)
	wantError(t, err, 200, ReasonInvalidResponse)
	if len(pages) != 1 || !strings.Contains(err.Error(), "page 2 repeats the page before it") {
		t.Errorf("pages %v, %v", pages, err)
	}
}

func TestBadPageNumber(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("sent %s", r.URL) })
	for _, page := range []string{"0", "-1", "two", "1.5"} {
		_, err := walk(t.Context(), client, listOp, &Request{Path: map[string]string{"page_number": page}})
		wantError(t, err, 0, ReasonInvalidRequest)
	}
}

// history serves messages with timestamps 10, 20 ... 70 in batches of three, unsorted inside a batch.
func history(w http.ResponseWriter, r *http.Request) {
	var all []int
	for at := 10; at <= 70; at += 10 {
		all = append(all, at)
	}
	q := r.URL.Query()
	number := func(name string) int { n, _ := strconv.Atoi(q.Get(name)); return n }
	more := false
	if q.Has("timestamp_after") {
		all = slices.DeleteFunc(all, func(at int) bool { return at <= number("timestamp_after") })
		if more = len(all) > 3; more {
			all = all[:3]
		}
	} else {
		if q.Has("timestamp_before") {
			all = slices.DeleteFunc(all, func(at int) bool { return at >= number("timestamp_before") })
		}
		if more = len(all) > 3; more {
			all = all[len(all)-3:]
		}
	}
	slices.Reverse(all)
	if len(all) > 1 {
		all[0], all[1] = all[1], all[0]
	}
	items := make([]string, len(all))
	for i, at := range all {
		items[i] = fmt.Sprintf(`{"original":{"timestamp":1},"timestamp":%d}`, at)
	}
	code := 200
	if more {
		code = 206
	}
	answer(w, code, `{"error":false,"reason":"listed","data":[`+strings.Join(items, ",")+`]}`)
}

func TestTimestampPages(t *testing.T) {
	client := serve(t, history)
	for _, tc := range []struct {
		name  string
		query url.Values
		want  string // timestamps, batches separated by a bar
	}{
		{"from the newest", nil, "60 70 50|30 40 20|10"},
		{"before", url.Values{"timestamp_before": {"40"}}, "20 30 10"},
		{"after", url.Values{"timestamp_after": {"20"}}, "40 50 30|60 70"},
		{"around", url.Values{"timestamp_around": {"40"}}, "60 70 50"},
		{"none", url.Values{"timestamp_before": {"10"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for resp, err := range client.Pages(t.Context(), messagesOp, &Request{Query: tc.query}) {
				if err != nil {
					t.Fatal(err)
				}
				var items []struct {
					Timestamp int `json:"timestamp"`
				}
				if err := resp.Decode(&items); err != nil {
					t.Fatal(err)
				}
				var batch []string
				for _, item := range items {
					batch = append(batch, fmt.Sprint(item.Timestamp))
				}
				got = append(got, strings.Join(batch, " "))
			}
			if strings.Join(got, "|") != tc.want {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}

func TestTimestampPagesThatDoNotMove(t *testing.T) {
	for name, data := range map[string]string{
		"same batch":   `[{"timestamp":50},{"timestamp":40}]`,
		"no timestamp": `[{"timestamp":50},{}]`,
		"text":         `[{"timestamp":"now"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n++
				answer(w, 206, `{"error":false,"reason":"listed","data":`+data+`}`)
			})
			pages, err := walk(t.Context(), client, messagesOp, nil)
			wantError(t, err, 206, ReasonInvalidResponse)
			if n > 2 || len(pages) != n-1 {
				t.Errorf("%d requests, %d pages, %v", n, len(pages), err)
			}
		})
	}
}

func TestPagesOfAnOperationWithoutPages(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) { ok(w, `{"a":1}`) })
	pages, err := walk(t.Context(), client, plainOp, nil)
	if err != nil || !slices.Equal(pages, []string{`{"a":1}`}) {
		t.Errorf("%v, %v", pages, err)
	}
}
