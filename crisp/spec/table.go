package spec

import (
	"sort"
	"strings"
)

// The generated table provides, all laid out at compile time:
//
//	operations  every operation in documented order
//	byID        their positions sorted by ID
//	byCall      the positions of those that have a Call, sorted by it

// All returns every operation in documented order: websites, conversations, people, visitors, plugins. The slice is shared and
// must not be changed.
func All() []*Operation { return operations[:len(operations):len(operations)] }

// ByID returns the operation of a dotted name such as "website.conversations.list", or nil.
func ByID(id string) *Operation {
	i := sort.Search(len(byID), func(i int) bool { return operations[byID[i]].ID >= id })
	if i < len(byID) && operations[byID[i]].ID == id {
		return operations[byID[i]]
	}
	return nil
}

// ByCall returns the operation of a script name such as "conversations.messages.send", or nil.
func ByCall(call string) *Operation {
	i := sort.Search(len(byCall), func(i int) bool { return operations[byCall[i]].Call >= call })
	if i < len(byCall) && operations[byCall[i]].Call == call {
		return operations[byCall[i]]
	}
	return nil
}

// Param returns the parameter of a wire name, or nil.
func (op *Operation) Param(name string) *Param {
	for i := range op.Params {
		if op.Params[i].Name == name {
			return &op.Params[i]
		}
	}
	return nil
}

// Group is the first word of the script name ("conversations"). An alternate route has the group of its main one.
func (op *Operation) Group() string {
	call := op.Call
	if call == "" && op.AlternateOf != "" {
		if main := ByID(op.AlternateOf); main != nil {
			call = main.Call
		}
	}
	group, _, _ := strings.Cut(call, ".")
	return group
}

// Field returns the member of a wire name, or nil. It looks at the schema's own fields only, not into alternatives.
func (s *Schema) Field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}
