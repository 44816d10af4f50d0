package bindings_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const session = "session_00000000-0000-4000-8000-000000000000"

// modulesAt are the modules of a host whose client speaks to a handler and gives up soon.
func modulesAt(t *testing.T, handler http.HandlerFunc) []*engine.Module {
	return modulesOf(t, hostAt(t, handler))
}

func hostAt(t *testing.T, handler http.HandlerFunc) engine.InstanceOption {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := crisp.New(crisp.WithBaseURL(server.URL), crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Microsecond}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return bindings.WithConnection(client, sandbox.WebsiteID)
}

// numbers calls a list, or walks an each, and reads the timestamps of its items.
func numbers(t *testing.T, f engine.Function, list ...any) ([]int64, error) {
	t.Helper()
	got, err := f.Call(t.Context(), list)
	if err != nil {
		return nil, err
	}
	type item struct {
		Timestamp int64 `json:"timestamp"`
	}
	if whole, ok := got.(*tape.Document); ok {
		var items []item
		if err := json.Unmarshal(whole.Bytes(), &items, jsontext.AllowDuplicateNames(true)); err != nil {
			t.Fatalf("%v in %s", err, whole.Bytes())
		}
		all := make([]int64, len(items))
		for i := range items {
			all[i] = items[i].Timestamp
		}
		return all, nil
	}
	var all []int64
	for value, err := range got.(engine.Sequence) {
		if err != nil {
			return all, err
		}
		var one item
		if err := json.Unmarshal(value.(engine.JSON), &one, jsontext.AllowDuplicateNames(true)); err != nil {
			t.Fatal(err)
		}
		all = append(all, one.Timestamp)
	}
	return all, nil
}

func span(from, to int64) []int64 {
	var list []int64
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

func backwards(list []int64) []int64 {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// messages answers batches of three out of the messages 1 to 10, in no order.
func messages(w http.ResponseWriter, r *http.Request) {
	all, status := span(1, 10), http.StatusOK
	cut := func(name string, keep func(all []int64, i int) []int64) {
		if value := r.URL.Query().Get(name); value != "" {
			n, _ := strconv.ParseInt(value, 10, 64)
			i, _ := slices.BinarySearch(all, n)
			all = keep(all, i)
		}
	}
	cut("timestamp_before", func(all []int64, i int) []int64 { return all[:i] })
	cut("timestamp_around", func(all []int64, i int) []int64 { return all[max(0, i-2):min(len(all), i+3)] })
	forward := r.URL.Query().Has("timestamp_after")
	cut("timestamp_after", func(all []int64, i int) []int64 { return all[i+1:] })
	if len(all) > 3 && !r.URL.Query().Has("timestamp_around") {
		status = http.StatusPartialContent
		if forward {
			all = all[:3]
		} else {
			all = all[len(all)-3:]
		}
	}
	if len(all) > 1 {
		all = append(slices.Clone(all[1:]), all[0])
	}
	items := make([]string, len(all))
	for i, n := range all {
		items[i] = fmt.Sprintf(`{"timestamp": %d, "content": "a\"],[{\\", "content": "twice"}`, n)
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":false,"reason":"listed","data":[ %s ]}`, strings.Join(items, " , "))
}

func TestListsOfMessages(t *testing.T) {
	modules := modulesAt(t, messages)
	list, each := find(t, modules, "crisp.conversations.messages.list"), find(t, modules, "crisp.conversations.messages.each")
	tests := []struct {
		options        map[string]any
		listed, walked []int64
	}{
		{object{}, span(1, 10), backwards(span(1, 10))},
		{object{"limit": "all"}, span(1, 10), backwards(span(1, 10))},
		{object{"limit": int64(1)}, span(10, 10), span(10, 10)},
		{object{"limit": int64(4)}, span(7, 10), backwards(span(7, 10))},
		{object{"limit": int64(10)}, span(1, 10), backwards(span(1, 10))},
		{object{"before": int64(4)}, span(1, 3), backwards(span(1, 3))},
		{object{"before": int64(1)}, nil, nil},
		{object{"after": int64(2)}, span(3, 10), span(3, 10)},
		{object{"after": int64(2), "limit": int64(4)}, span(3, 6), span(3, 6)},
		{object{"around": int64(5)}, span(3, 7), span(3, 7)},
		{object{"around": int64(5), "limit": int64(3)}, span(4, 6), span(4, 6)},
	}
	for _, test := range tests {
		if got, err := numbers(t, list, session, test.options); err != nil || !slices.Equal(got, test.listed) {
			t.Errorf("list %v: %v, %v; want %v", test.options, got, err, test.listed)
		}
		if got, err := numbers(t, each, session, test.options); err != nil || !slices.Equal(got, test.walked) {
			t.Errorf("each %v: %v, %v; want %v", test.options, got, err, test.walked)
		}
	}
}

// A list is whole or an error; each hands out what came before the error.
func TestErrorInTheMiddleOfAList(t *testing.T) {
	asked := 0
	modules := modulesAt(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if strings.HasSuffix(r.URL.Path, "/2") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if r.URL.Query().Get("per_page") != "20" {
			t.Errorf("asked for %s", r.URL)
		}
		fmt.Fprint(w, `{"error":false,"reason":"listed","data":[{"timestamp":1},{"timestamp":2}]}`)
	})
	list, each := find(t, modules, "crisp.conversations.list"), find(t, modules, "crisp.conversations.each")
	check := func(name string, err error) {
		t.Helper()
		var host *engine.HostError
		if !errors.As(err, &host) || host.Name != "CrispError" || host.Error() != "crisp.conversations."+name+": 500 internal_server_error (after 2 attempts)" {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := numbers(t, list, object{"per_page": int64(20)})
	if check("list", err); got != nil {
		t.Errorf("list answered %v with its error", got)
	}
	got, err = numbers(t, each, object{"per_page": int64(20)})
	if check("each", err); !slices.Equal(got, span(1, 2)) {
		t.Errorf("each gave %v before its error", got)
	}
	// The limit ends a list before the page that fails is asked for.
	asked = 0
	if got, err := numbers(t, list, object{"limit": int64(2)}); err != nil || asked != 1 || !slices.Equal(got, span(1, 2)) {
		t.Errorf("list of 2: %v, %v after %d requests", got, err, asked)
	}
	if got, err := numbers(t, each, object{"limit": int64(1)}); err != nil || asked != 2 || !slices.Equal(got, span(1, 1)) {
		t.Errorf("each of 1: %v, %v after %d requests", got, err, asked)
	}
}
