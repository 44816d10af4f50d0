package crisp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

const (
	website = "11111111-1111-4111-8111-111111111111"
	session = "session_22222222-2222-4222-8222-222222222222"
)

// fakeCrisp answers every operation with the least that its result allows, and records what it was asked.
type fakeCrisp struct {
	mu       sync.Mutex
	requests []seen
	// data, when set, answers instead.
	data   func(op *spec.Operation, r *http.Request) string
	status func(op *spec.Operation) int
}

type seen struct {
	op          *spec.Operation
	params      map[string]string
	query, body string
}

func (f *fakeCrisp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	op, params, _ := spec.Match(r.Method, strings.TrimPrefix(r.URL.EscapedPath(), "/v1"))
	f.mu.Lock()
	f.requests = append(f.requests, seen{op, params, r.URL.RawQuery, string(body)})
	f.mu.Unlock()
	if op == nil {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"error":true,"reason":"not_found","data":{}}`)
		return
	}
	status := op.Status
	if f.status != nil {
		status = f.status(op)
	}
	data := "{}"
	if f.data != nil {
		data = f.data(op, r)
	} else if op.Result != nil {
		switch op.Result.Kind {
		case spec.KindArray:
			data = "[]"
		case spec.KindInteger:
			data = "3"
		}
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		io.WriteString(w, `{"error":false,"reason":"`+op.Reason+`","data":`+data+`}`)
	}
}

func (f *fakeCrisp) last(t *testing.T) seen {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.requests) == 0 {
		t.Fatal("no request was made")
	}
	return f.requests[len(f.requests)-1]
}

func connect(t *testing.T, f *fakeCrisp) *crisp.Client {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return sandboxtest.Connect(t, server.URL+"/v1/", crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 1}))
}

// TestServicesReachEveryOperation calls every method of every service with made-up arguments, and holds what arrives
// against the table: each operation that has a call must be reached, with its parameters where they belong.
func TestServicesReachEveryOperation(t *testing.T) {
	f := &fakeCrisp{}
	client := connect(t, f)
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		for i := range v.NumMethod() {
			if err := invoke(v.Method(i)); err != nil {
				t.Errorf("%s.%s: %v", path, v.Type().Method(i).Name, err)
			}
		}
		for i := range v.Elem().NumField() {
			if field := v.Elem().Type().Field(i); field.IsExported() {
				walk(path+"."+field.Name, v.Elem().Field(i).Addr())
			}
		}
	}
	services := reflect.ValueOf(client.Services)
	for i := range services.NumField() {
		walk(services.Type().Field(i).Name, services.Field(i))
	}

	reached := map[string]bool{}
	for _, r := range f.requests {
		if r.op == nil {
			t.Error("a request for no operation")
			continue
		}
		reached[r.op.ID] = true
		for name, value := range r.params {
			if name != "page_number" && value != "an id/" && value != "7" {
				t.Errorf("%s: %s = %q", r.op.ID, name, value)
			}
		}
		if r.op.BodyRequired && (r.body == "" || r.body == "{}" && hasRequired(r.op.Body)) {
			t.Errorf("%s: body %q", r.op.ID, r.body)
		}
	}
	for _, op := range spec.All() {
		if op.Call != "" && !reached[op.ID] {
			t.Errorf("no method calls %s", op.Call)
		}
	}
}

func hasRequired(s *spec.Schema) bool {
	return slices.ContainsFunc(s.Fields, func(f spec.Field) bool { return f.Required })
}

// invoke calls a method with made-up arguments and drains a sequence. It returns the error of the call.
func invoke(m reflect.Value) error {
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	for i := 1; i < m.Type().NumIn(); i++ {
		args = append(args, sample(m.Type().In(i)))
	}
	results := m.Call(args)
	last := results[len(results)-1]
	if last.Kind() == reflect.Func {
		var failed error
		yield := reflect.MakeFunc(last.Type().In(0), func(in []reflect.Value) []reflect.Value {
			failed, _ = in[1].Interface().(error)
			return []reflect.Value{reflect.ValueOf(true)}
		})
		last.Call([]reflect.Value{yield})
		return failed
	}
	err, _ := last.Interface().(error)
	return err
}

func sample(t reflect.Type) reflect.Value {
	switch t.Kind() {
	case reflect.Pointer:
		return reflect.New(t.Elem())
	case reflect.String:
		return reflect.ValueOf("an id/").Convert(t)
	case reflect.Map:
		return reflect.MakeMap(t)
	}
	return reflect.ValueOf(7).Convert(t)
}

func TestListWalksPages(t *testing.T) {
	pages := map[string]string{
		"1": `[{"session_id":"a","website_id":"w","unread":{"visitor":2},"updated_at":1790000000000}]`,
		"2": `[{"session_id":"b","website_id":"w","assigned":{"user_id":"u"}},{"session_id":"c","website_id":"w","assigned":null}]`,
		"3": `[]`,
	}
	f := &fakeCrisp{data: func(_ *spec.Operation, r *http.Request) string {
		return pages[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	}}
	client := connect(t, f)
	opts := &crisp.ConversationsListOptions{
		PerPage: 50, FilterUnread: true, FilterDateStart: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		SearchType: "filter", SearchQuery: []crisp.SearchFilter{{Model: "session", Criterion: "state", Operator: "eq", Query: []any{"pending"}}},
	}
	var ids []string
	for conversation, err := range client.Conversations.List(t.Context(), website, opts) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, conversation.SessionID)
		switch conversation.SessionID {
		case "a":
			if conversation.Unread.Visitor != 2 || conversation.UpdatedAt.Time().UnixMilli() != 1790000000000 || conversation.Assigned != nil {
				t.Errorf("%+v", conversation)
			}
		case "b":
			if conversation.Assigned == nil || conversation.Assigned.UserID != "u" {
				t.Errorf("%+v", conversation)
			}
		}
	}
	if got := strings.Join(ids, " "); got != "a b c" || len(f.requests) != 3 {
		t.Errorf("%s in %d requests", got, len(f.requests))
	}
	want := "filter_date_start=2026-11-22T00%3A00%3A00.000Z&filter_unread=1&per_page=50&search_query=" +
		"%5B%7B%22model%22%3A%22session%22%2C%22criterion%22%3A%22state%22%2C%22operator%22%3A%22eq%22%2C%22query%22%3A%5B%22pending%22%5D%7D%5D&search_type=filter"
	if got := f.last(t).query; got != want {
		t.Errorf("query\n%s\nwant\n%s", got, want)
	}

	page, err := client.Conversations.ListPage(t.Context(), website, 2, nil)
	if err != nil || len(page) != 2 || f.last(t).params["page_number"] != "2" || f.last(t).query != "" {
		t.Errorf("%v, %v, asked for %+v", page, err, f.last(t))
	}
	for range client.Conversations.List(t.Context(), website, nil) {
		break
	}
	if len(f.requests) != 5 {
		t.Errorf("a loop that is left made %d requests", len(f.requests)-4)
	}
}

func TestListOfTexts(t *testing.T) {
	f := &fakeCrisp{data: func(_ *spec.Operation, r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "/1") {
			return `["` + session + `"]`
		}
		return `[]`
	}}
	for id, err := range connect(t, f).People.Conversations.List(t.Context(), website, "a@b.c", nil) {
		if err != nil || id != session {
			t.Errorf("%q, %v", id, err)
		}
	}
	if got := f.last(t).params["people_id"]; got != "a@b.c" {
		t.Errorf("people_id arrived as %q", got)
	}
}

func TestExists(t *testing.T) {
	status := http.StatusOK
	client := connect(t, &fakeCrisp{status: func(*spec.Operation) int { return status }})
	for _, test := range []struct {
		status         int
		exists, failed bool
	}{{200, true, false}, {404, false, false}, {403, false, true}} {
		status = test.status
		exists, err := client.Websites.Exists(t.Context(), "example.com")
		if exists != test.exists || (err != nil) != test.failed {
			t.Errorf("status %d: %v, %v", test.status, exists, err)
		}
	}
}

func TestBadOptionsAreReported(t *testing.T) {
	f := &fakeCrisp{}
	client := connect(t, f)
	opts := &crisp.ConversationsListOptions{SearchQuery: func() {}}
	if _, err := client.Conversations.ListPage(t.Context(), website, 1, opts); err == nil || !strings.Contains(err.Error(), "search_query") {
		t.Errorf("ListPage: %v", err)
	}
	var errs []error
	for _, err := range client.Conversations.List(t.Context(), website, opts) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || errs[0] == nil || len(f.requests) != 0 {
		t.Errorf("List: %v, %d requests", errs, len(f.requests))
	}
}

// TestMessageContents sends and receives content of every type, and checks what is sent against the description.
func TestMessageContents(t *testing.T) {
	tests := []struct {
		kind    crisp.MessageType
		content crisp.MessageContent
		json    string
	}{
		{crisp.MessageTypeText, crisp.TextContent("Hi"), `"Hi"`},
		{crisp.MessageTypeNote, crisp.TextContent(""), `""`},
		{crisp.MessageTypeFile, crisp.FileContent{Name: "a", URL: "https://a.b/c", Type: "text/plain"}, `{"name":"a","url":"https://a.b/c","type":"text/plain"}`},
		{crisp.MessageTypeAnimation, crisp.AnimationContent{URL: "https://a.b/c", Type: "image/gif"}, `{"url":"https://a.b/c","type":"image/gif"}`},
		{crisp.MessageTypeAudio, crisp.AudioContent{URL: "https://a.b/c", Type: "audio/mp3", Duration: 3}, `{"url":"https://a.b/c","type":"audio/mp3","duration":3}`},
		{crisp.MessageTypePicker, crisp.PickerContent{ID: "1", Text: "?", Choices: []crisp.PickerChoice{{Value: "v", Label: "l"}}, Required: new(false)},
			`{"id":"1","text":"?","choices":[{"value":"v","label":"l","selected":false}],"required":false}`},
		{crisp.MessageTypeField, crisp.FieldContent{ID: "1", Text: "?", Explain: "e"}, `{"id":"1","text":"?","explain":"e"}`},
		{crisp.MessageTypeCarousel, crisp.CarouselContent{Text: "t", Targets: []crisp.CarouselTarget{{Title: "a", Description: "b"}}},
			`{"text":"t","targets":[{"title":"a","description":"b","actions":[]}]}`},
		{crisp.MessageTypeEvent, crisp.EventContent{Namespace: "state:resolved"}, `{"namespace":"state:resolved"}`},
	}
	answer := ""
	f := &fakeCrisp{data: func(*spec.Operation, *http.Request) string { return answer }}
	client := connect(t, f)
	for _, test := range tests {
		answer = `{"fingerprint":42}`
		sent, err := client.Conversations.Messages.Send(t.Context(), website, session, &crisp.MessageNew{
			Type: test.kind, From: crisp.MessageFromOperator, Origin: crisp.OriginChat, Content: test.content, Stealth: new(false),
		})
		if err != nil || sent.Fingerprint != 42 {
			t.Fatalf("%s: %v, %v", test.kind, sent, err)
		}
		if err := f.last(t).op.Body.ValidateJSON([]byte(f.last(t).body)); err != nil {
			t.Errorf("%s: %v", test.kind, err)
		}
		var body struct {
			Content json.RawMessage
			Stealth *bool
		}
		if err := json.Unmarshal([]byte(f.last(t).body), &body); err != nil || string(body.Content) != test.json || body.Stealth == nil {
			t.Errorf("%s: %v, sent %s", test.kind, err, f.last(t).body)
		}

		answer = `{"type":"` + string(test.kind) + `","content":` + test.json + `,"fingerprint":42,"from":"user","timestamp":1}`
		message, err := client.Conversations.Messages.Get(t.Context(), website, session, 42)
		if err != nil {
			t.Fatal(err)
		}
		content, err := message.DecodeContent()
		if reflect.TypeOf(content) != reflect.TypeOf(test.content) || err != nil {
			t.Errorf("%s: %T, %v", test.kind, content, err)
		}
	}

	for _, bad := range []string{`{"type":"hologram","content":"x"}`, `{"type":"file","content":"x"}`, `{"type":"text","content":{}}`} {
		answer = bad
		message, err := client.Conversations.Messages.Get(t.Context(), website, session, 42)
		if err != nil {
			t.Fatal(err)
		}
		if content, err := message.DecodeContent(); err == nil {
			t.Errorf("%s decodes to %v", bad, content)
		}
	}
}

func TestMessagesBatch(t *testing.T) {
	f := &fakeCrisp{status: func(*spec.Operation) int { return http.StatusPartialContent }}
	f.data = func(*spec.Operation, *http.Request) string { return `[{"type":"text","content":"x","timestamp":5}]` }
	batch, more, err := connect(t, f).Conversations.Messages.ListBatch(t.Context(), website, session, &crisp.ConversationsMessagesListOptions{TimestampBefore: 10})
	if err != nil || !more || len(batch) != 1 || f.last(t).query != "timestamp_before=10" {
		t.Errorf("%v, %v, %v, query %s", batch, more, err, f.last(t).query)
	}
}

// TestAbsentAndEmpty checks the rule of the generated types: what is not set is not sent, and a zero value can be.
func TestAbsentAndEmpty(t *testing.T) {
	f := &fakeCrisp{}
	client := connect(t, f)
	tests := []struct {
		update *crisp.ProfileUpdate
		want   string
	}{
		{&crisp.ProfileUpdate{}, `{}`},
		{&crisp.ProfileUpdate{Notepad: new("")}, `{"notepad":""}`},
		{&crisp.ProfileUpdate{Segments: []string{}}, `{"segments":[]}`},
		{&crisp.ProfileUpdate{Person: &crisp.Person{Nickname: new("")}}, `{"person":{"nickname":""}}`},
	}
	for _, test := range tests {
		if err := client.People.Update(t.Context(), website, "a@b.c", test.update); err != nil {
			t.Fatal(err)
		}
		if got := f.last(t).body; got != test.want {
			t.Errorf("sent %s, want %s", got, test.want)
		}
	}
	if err := client.Conversations.Routing.Assign(t.Context(), website, session, &crisp.RoutingUpdate{}); err != nil {
		t.Fatal(err)
	}
	if got := f.last(t).body; got != `{"assigned":null}` {
		t.Errorf("to unassign sent %s", got)
	}
	if crisp.Value[string](nil) != "" || crisp.Value(new("x")) != "x" {
		t.Error("Value")
	}
}
