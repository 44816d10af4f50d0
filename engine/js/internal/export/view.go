package export

import (
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// exportView turns a view that the script did not write to into its Go form. What the script never touched goes there from
// the tape, without a JavaScript value in between.
func (e *Exporter) exportView(view *lazy.View, doc *tape.Document, at tape.Index) (any, error) {
	members := e.newMembers(doc.Len(at))
	for k, i := range doc.Members(at) {
		key := doc.String(k)
		e.path = append(e.path, step{key: key, index: -1})
		member, err := e.exportMember(view, doc, i)
		if err != nil {
			return nil, err
		}
		e.path = e.path[:len(e.path)-1]
		members.add(key, member)
	}
	return members.value(), nil
}

func (e *Exporter) exportMember(view *lazy.View, doc *tape.Document, i tape.Index) (any, error) {
	if value, ok := view.Given(i); ok {
		return e.Export(value)
	}
	return e.exportNode(doc, i)
}

func (e *Exporter) exportNode(doc *tape.Document, i tape.Index) (any, error) {
	kind := doc.Kind(i)
	if (kind == tape.Object || kind == tape.Array) && len(e.path) >= maxDepth {
		return nil, e.problem(valuepath.TooDeep)
	}
	switch kind {
	case tape.Object:
		members := e.newMembers(doc.Len(i))
		for k, v := range doc.Members(i) {
			key := doc.String(k)
			e.path = append(e.path, step{key: key, index: -1})
			member, err := e.exportNode(doc, v)
			if err != nil {
				return nil, err
			}
			e.path = e.path[:len(e.path)-1]
			members.add(key, member)
		}
		return members.value(), nil
	case tape.Array:
		items := make([]any, 0, doc.Len(i))
		for n, v := range doc.Items(i) {
			e.path = append(e.path, step{index: n})
			item, err := e.exportNode(doc, v)
			if err != nil {
				return nil, err
			}
			e.path = e.path[:len(e.path)-1]
			items = append(items, item)
		}
		return items, nil
	case tape.String:
		return doc.String(i), nil
	case tape.Number:
		if n, ok := doc.Int(i); ok && -lazy.MaxSafeInteger <= n && n <= lazy.MaxSafeInteger {
			return n, nil
		}
		return e.number(doc.Float(i))
	case tape.Null:
		return nil, nil
	default:
		return doc.Bool(i), nil
	}
}
