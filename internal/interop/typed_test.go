package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// typedDifferences are the parts of a request that a typed service sends in another way than Client.Do with the same
// arguments, by case. The reasons stand beside them.
var typedDifferences = map[string][]difference{
	// Options are structs, in which false and zero stand for an option that is not given. For these two parameters that
	// means the same to the service.
	"website.conversations.list text":      {{"query filter_resolved", "0", none}},
	"website.visitors.map.pinpoint circle": {{"query center_radius", "0", none}},
	// Members of a body that are not given are left out; an absent inbox is the main inbox, as null is.
	"website.conversation.inbox.update main": {{"header Content-Length", "17", "2"}, {"body inbox_id", "null", none}},
}

// TestTypedServices makes the cases of the wire test through the typed services. Their names and signatures follow from
// the description, so that one generic caller reaches all of them; it fails for a service that is not where the
// description says. Bodies are decoded into the service's own types, where an unknown member is an error.
func TestTypedServices(t *testing.T) {
	plain, typed := newRecorder(t), newRecorder(t)
	plainClient, typedClient := newClient(t, plain.URL), newClient(t, typed.URL)
	cases := wireCases()
	for i := range cases {
		c := &cases[i]
		t.Run(strings.ReplaceAll(c.op, " ", "/"), func(t *testing.T) {
			op := c.operation(t)
			plain.begin(c.op)
			c.do(t, plainClient, op)
			typed.begin(c.op)
			c.doTyped(t, typedClient, op)
			a, b := plain.of(t, c.op), typed.of(t, c.op)
			delete(a.header, "Host")
			delete(b.header, "Host")
			got, want := compare(a, b), typedDifferences[c.op]
			if !reflect.DeepEqual(got, want) {
				t.Errorf("differences between Client.Do (node) and the typed service (go)\n got %v\nwant %v", got, want)
			}
		})
	}
}

// doTyped makes the case with the method that the operation's call names.
func (c *wireCase) doTyped(t *testing.T, client *crisp.Client, op *spec.Operation) {
	t.Helper()
	method := typedMethod(t, client, op)
	signature := method.Type()
	_, values := c.pathArgs(t, op)
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	if signature.In(0) != reflect.TypeFor[context.Context]() {
		t.Fatalf("%s: the first parameter is no context", op.Call)
	}
	for _, p := range op.Params {
		if len(args) == signature.NumIn() {
			break
		}
		in := signature.In(len(args))
		switch {
		case p.In == spec.InPath:
			args = append(args, parse(t, in, values[p.Name]))
		case p.Required:
			args = append(args, parse(t, in, fmt.Sprint(c.query[p.Name])))
		}
	}
	for len(args) < signature.NumIn() {
		in := signature.In(len(args))
		switch {
		case in.Kind() == reflect.Map: // a body whose members the description leaves open
			args = append(args, reflect.ValueOf(c.body))
		case in.Kind() != reflect.Pointer || in.Elem().Kind() != reflect.Struct:
			t.Fatalf("%s: no value for a parameter of type %s", op.Call, in)
		case strings.HasSuffix(in.Elem().Name(), "Options"):
			args = append(args, c.options(t, in))
		default:
			args = append(args, c.typedBody(t, in))
		}
	}
	results := method.Call(args)
	if err, ok := results[len(results)-1].Interface().(error); ok && err != nil {
		t.Fatal(err)
	}
}

// typedMethod finds client.Conversations.Messages.ListBatch for the call conversations.messages.list, and so on: of the
// methods that list, the one that asks for a single page.
func typedMethod(t *testing.T, client *crisp.Client, op *spec.Operation) reflect.Value {
	t.Helper()
	words := strings.Split(op.Call, ".")
	at := reflect.ValueOf(client).Elem()
	for _, word := range words[:len(words)-1] {
		at = reflect.Indirect(at).FieldByNameFunc(func(name string) bool { return sameName(name, word) })
		if !at.IsValid() {
			t.Fatalf("%s: no service %s", op.Call, word)
		}
	}
	if at.Kind() != reflect.Pointer {
		at = at.Addr()
	}
	last := words[len(words)-1]
	for _, suffix := range []string{"Page", "Batch", ""} {
		for i := range at.NumMethod() {
			if sameName(at.Type().Method(i).Name, last+suffix) {
				return at.Method(i)
			}
		}
	}
	t.Fatalf("%s: %s has no method %s", op.Call, at.Type(), last)
	return reflect.Value{}
}

// sameName compares a Go name with a wire name.
func sameName(golang, wire string) bool {
	return strings.EqualFold(golang, strings.ReplaceAll(wire, "_", ""))
}

// parse gives text the type of a parameter.
func parse(t *testing.T, as reflect.Type, text string) reflect.Value {
	t.Helper()
	value := reflect.New(as).Elem()
	switch as.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		value.SetInt(n)
	default:
		t.Fatalf("no way to give %q the type %s", text, as)
	}
	return value
}

// options fills an options struct from the case's query; no query is nil.
func (c *wireCase) options(t *testing.T, as reflect.Type) reflect.Value {
	t.Helper()
	if len(c.query) == 0 {
		return reflect.Zero(as)
	}
	options := reflect.New(as.Elem())
	for name, given := range c.query {
		if p := c.operation(t).Param(name); given == nil || p != nil && p.Required { // which is a parameter of its own
			continue
		}
		field := options.Elem().FieldByNameFunc(func(field string) bool { return sameName(field, name) })
		if !field.IsValid() {
			t.Fatalf("%s has no field for %s", as, name)
		}
		value := reflect.ValueOf(given)
		switch {
		case field.Type() == reflect.TypeFor[time.Time]():
			date, err := time.Parse(time.RFC3339, value.String())
			if err != nil {
				t.Fatal(err)
			}
			field.Set(reflect.ValueOf(date))
		case field.Kind() == reflect.Interface || field.Type() == value.Type():
			field.Set(value)
		case field.Kind() == reflect.Pointer && value.CanConvert(field.Type().Elem()):
			field.Set(reflect.New(field.Type().Elem()))
			field.Elem().Set(value.Convert(field.Type().Elem()))
		case value.CanConvert(field.Type()):
			field.Set(value.Convert(field.Type()))
		default:
			text, err := json.Marshal(given)
			if err != nil {
				t.Fatal(err)
			}
			if err := jsonv2.Unmarshal(text, field.Addr().Interface(), jsonv2.RejectUnknownMembers(true)); err != nil {
				t.Fatalf("%s.%s: no way to make a %s of %s: %v", as, name, field.Type(), text, err)
			}
		}
	}
	return options
}

// typedBody decodes the case's body into the type that the service takes; no body is nil.
func (c *wireCase) typedBody(t *testing.T, as reflect.Type) reflect.Value {
	t.Helper()
	if c.body == nil {
		return reflect.Zero(as)
	}
	text, err := json.Marshal(c.body)
	if err != nil {
		t.Fatal(err)
	}
	body := reflect.New(as.Elem())
	kind := "text"
	if fields, ok := c.body.(object); ok && fields["type"] != nil {
		kind = fmt.Sprint(fields["type"])
	}
	content := jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(from *jsontext.Decoder, into *crisp.MessageContent) error {
		return decodeMessageContent(from, kind, into)
	}))
	if err := jsonv2.Unmarshal(text, body.Interface(), jsonv2.RejectUnknownMembers(true), content); err != nil {
		t.Fatalf("%s does not hold the body %s: %v", as, text, err)
	}
	return body
}

func decodeMessageContent(from *jsontext.Decoder, kind string, into *crisp.MessageContent) error {
	var err error
	switch kind {
	case "file":
		*into, err = decode[crisp.FileContent](from)
	case "animation":
		*into, err = decode[crisp.AnimationContent](from)
	case "audio":
		*into, err = decode[crisp.AudioContent](from)
	case "picker":
		*into, err = decode[crisp.PickerContent](from)
	case "field":
		*into, err = decode[crisp.FieldContent](from)
	case "carousel":
		*into, err = decode[crisp.CarouselContent](from)
	case "event":
		*into, err = decode[crisp.EventContent](from)
	default:
		*into, err = decode[crisp.TextContent](from)
	}
	return err
}

func decode[T any](from *jsontext.Decoder) (value T, err error) {
	err = jsonv2.UnmarshalDecode(from, &value, jsonv2.RejectUnknownMembers(true))
	return value, err
}
