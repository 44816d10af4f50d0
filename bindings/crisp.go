package bindings

import (
	"context"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// crispModule is the object that scripts see as crisp: the groups of the operation table, the raw calls, and handles on
// other websites.
func crispModule() *engine.Module {
	root := groups("")
	root.Subjects = crispSubjects()
	root.Doc = "Crisp's REST API."
	root.ErrorClasses = []string{"CrispError"}
	root.Functions = append(root.Functions, engine.Function{
		Name: "website", Sync: true, Result: "Crisp", Permission: engine.NoPermission,
		Doc:    "Makes a handle on another website, with the same groups and api.",
		Params: []engine.Param{{Name: "website_id", Type: "string (UUID)", Required: true}},
		Call: func(_ context.Context, args []any) (any, error) {
			a := newArguments("crisp.website", args)
			a.max(1)
			id := a.text(0, "website_id")
			if a.err == nil {
				if err := uuidSchema.Validate(id); err != nil {
					a.fail("website_id", "takes a UUID, not "+describe(id), "")
				}
			}
			if a.err != nil {
				return nil, a.err
			}
			return groups(id), nil
		},
	})
	return root
}

// connectionOf returns the connection of a call's instance, with another website unless that is empty.
func connectionOf(ctx context.Context, website string) Connection {
	conn, _ := engine.Use[Connection](ctx)
	if website != "" {
		conn.WebsiteID = website
	}
	return conn
}

var uuidSchema = &spec.Schema{Kind: spec.KindString, Format: spec.FormatUUID}

// groups builds the tree of modules from the calls' dotted names, and the raw calls beside it. The calls are about a website, or
// about that of the instance's connection when it is empty.
func groups(website string) *engine.Module {
	tree := &moduleTree{root: &engine.Module{Name: "crisp"}, byPath: map[string]*engine.Module{}}
	tree.root.InstanceValues = func(ctx context.Context) []engine.Constant {
		return []engine.Constant{{
			Name: "website_id", Doc: "The website that calls use unless they name another.", Value: connectionOf(ctx, website).WebsiteID,
		}}
	}
	for _, op := range spec.All() {
		if op.Call == "" {
			continue
		}
		call := &call{website: website, op: op, name: "crisp." + op.Call}
		group, verb := tree.place(op.Call)
		group.Functions = append(group.Functions, engine.Function{
			Name: verb, Doc: op.Summary, Result: call.resultType(), Effect: effects[op.Effect], Permission: Subject(op), Bind: call.bind,
		})
		if op.Pages != spec.PagesNone && verb == "list" {
			group.Functions = append(group.Functions, engine.Function{
				Name: "each", Doc: op.Summary + ", one by one", Sync: true, Permission: Subject(op), Bind: call.each,
			})
		}
	}
	for _, s := range shorthands {
		group, verb := tree.place(s.call)
		op := spec.ByID(s.operation)
		group.Functions = append(group.Functions, engine.Function{
			Name: verb, Doc: s.doc, Params: s.params, Result: s.result, Effect: effects[op.Effect], Permission: Subject(op),
			Bind: s.bind(&call{website: website, op: op, name: "crisp." + s.call}),
		})
	}
	tree.root.Modules = append(tree.root.Modules, apiModule(website), eventsModule(website))
	return tree.root
}

// moduleTree finds the module of a dotted name, and makes those on the way.
type moduleTree struct {
	root   *engine.Module
	byPath map[string]*engine.Module
}

// place returns the module that a call belongs into and the call's own name there.
func (t *moduleTree) place(call string) (group *engine.Module, verb string) {
	i := strings.LastIndexByte(call, '.')
	return t.module(call[:i]), call[i+1:]
}

func (t *moduleTree) module(path string) *engine.Module {
	if m, ok := t.byPath[path]; ok {
		return m
	}
	parent, name := t.root, path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		parent, name = t.module(path[:i]), path[i+1:]
	}
	m := &engine.Module{Name: name}
	parent.Modules = append(parent.Modules, m)
	t.byPath[path] = m
	return m
}
