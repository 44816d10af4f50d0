package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// difference is a place where the two clients' requests for one case differ.
type difference struct {
	// part is "method", "path", "query NAME", "header NAME" or "body FIELD", where FIELD is a path of names with dots.
	part string
	// node and golang are what each sent: "(none)" for nothing, JSON for bodies.
	node, golang string
}

const none = "(none)"

func (d difference) String() string {
	return fmt.Sprintf("%s: node %s, go %s", d.part, d.node, d.golang)
}

// compare lists the differences in a fixed order.
func compare(node, golang wireRequest) []difference {
	var list []difference
	add := func(part, a, b string) {
		if a != b {
			list = append(list, difference{part, a, b})
		}
	}
	add("method", node.method, golang.method)
	add("path", node.path, golang.path)
	for _, name := range names(node.query, golang.query) {
		add("query "+name, canonical(joined(node.query[name])), canonical(joined(golang.query[name])))
	}
	for _, name := range names(node.header, golang.header) {
		add("header "+name, joined(node.header[name]), joined(golang.header[name]))
	}
	compareBody("body", bodyOf(node), bodyOf(golang), add)
	return list
}

// canonical orders the members of a query value that is a JSON object or array: their order has no meaning.
func canonical(value string) string {
	var decoded any
	if !strings.HasPrefix(value, "[") && !strings.HasPrefix(value, "{") || json.Unmarshal([]byte(value), &decoded) != nil {
		return value
	}
	return jsonText(decoded)
}

// absent stands for a member or a body that was not sent, which null is not.
type absent struct{}

func bodyOf(r wireRequest) any {
	if !r.hasBody {
		return absent{}
	}
	return r.body
}

func compareBody(part string, a, b any, add func(part, a, b string)) {
	left, isObject := a.(map[string]any)
	right, areObjects := b.(map[string]any)
	if !isObject || !areObjects {
		if !reflect.DeepEqual(a, b) {
			add(part, jsonText(a), jsonText(b))
		}
		return
	}
	for _, name := range names(left, right) {
		compareBody(strings.Replace(part+"."+name, "body.", "body ", 1), member(left, name), member(right, name), add)
	}
}

func member(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	return absent{}
}

func jsonText(value any) string {
	if _, ok := value.(absent); ok {
		return none
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func joined(values []string) string {
	if len(values) == 0 {
		return none
	}
	return strings.Join(values, " | ")
}

func names[V any](a, b map[string]V) []string {
	both := maps.Clone(a)
	if both == nil {
		both = make(map[string]V)
	}
	maps.Copy(both, b)
	return slices.Sorted(maps.Keys(both))
}
