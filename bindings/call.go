package bindings

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
)

// call is an operation of the table as scripts call it: ids first, then one options table that holds query parameters and
// body members alike.
type call struct {
	// website is that of a handle, or empty for that of the connection.
	website string
	op      *spec.Operation
	name    string
	// conn is the connection of one call.
	conn Connection
}

// connected returns the call with the connection of the instance that makes it.
func (c *call) connected(ctx context.Context) *call {
	connected := *c
	connected.conn = connectionOf(ctx, c.website)
	return &connected
}

// bind checks a call's arguments.
func (c *call) bind(ctx context.Context, args []any) (*engine.Pending, error) {
	c = c.connected(ctx)
	in, err := c.read(args)
	if err != nil {
		return nil, err
	}
	return &engine.Pending{
		Effect: effects[c.op.Effect], Detail: c.describe(in),
		Run:  func(ctx context.Context) (any, error) { return c.run(ctx, in) },
		Plan: func(context.Context) (any, error) { return sampleOf(c.op), nil },
	}, nil
}

// describe describes the call to gates.
func (c *call) describe(in *input) *Request {
	return &Request{Operation: c.op, Method: c.op.Method, Params: in.request.Path, make: func() (*http.Request, error) {
		return c.conn.Client.NewRequest(c.op, in.request)
	}}
}

// run makes the call and returns its data.
func (c *call) run(ctx context.Context, in *input) (any, error) {
	if c.op.Pages != spec.PagesNone {
		return c.list(ctx, in)
	}
	if c.op.Method == http.MethodHead {
		_, err := c.conn.Client.Do(ctx, c.op, in.request)
		if isNotFound(err) {
			return false, nil
		}
		return err == nil, callError(c.name, err)
	}
	var doc *tape.Document
	layTape(in.request, &doc)
	res, err := c.conn.Client.Do(ctx, c.op, in.request)
	if err != nil {
		return nil, callError(c.name, err)
	}
	if len(res.Data) == 0 || c.op.Result == nil && string(res.Data) == "{}" {
		return nil, nil
	}
	c.remember(in, doc)
	return doc, nil
}

// input is a call's arguments, checked and sorted by where they travel.
type input struct {
	request *crisp.Request
	limit   int // items of a list at most; 0 is all
}

// read checks a call's arguments against the operation and makes the request.
func (c *call) read(args []any) (*input, error) {
	if c.conn.Client == nil {
		return nil, c.conn.absent(c.name)
	}
	path, args, err := c.readPath(args)
	if err != nil {
		return nil, err
	}
	options, err := c.readOptions(args)
	if err != nil {
		return nil, err
	}
	website := c.conn.WebsiteID
	if id, given := options["website_id"]; given && c.takesWebsite() {
		text, ok := id.(string)
		if err := uuidSchema.Validate(id); !ok || err != nil {
			return nil, c.wrong("website_id", "takes a website's id (a UUID), not "+describe(id), "")
		}
		website = text
		delete(options, "website_id")
	}
	if c.ofWebsite() {
		if path["website_id"] != "" {
			website = path["website_id"]
		}
		if website == "" {
			return nil, c.wrong("", "does not know which website to use", "set CRISP_WEBSITE_ID, or pass website_id in the options")
		}
		path["website_id"] = website
	}
	if options, err = c.withoutUnchanged(path, options); err != nil {
		return nil, err
	}
	in := &input{request: &crisp.Request{Path: path}}
	if c.op.Pages != spec.PagesNone {
		if err := c.readLimit(options, in); err != nil {
			return nil, err
		}
	}
	if err := c.sort(options, in); err != nil {
		return nil, err
	}
	return in, nil
}

// readPath takes the ids, which come first.
func (c *call) readPath(args []any) (path map[string]string, rest []any, err error) {
	path = map[string]string{}
	for i := range c.op.Params {
		p := &c.op.Params[i]
		switch {
		case p.In != spec.InPath || p.Name == "page_number":
			continue
		case p.Name == "website_id":
			if !c.leadsWithWebsite(args) {
				continue
			}
		}
		var v any
		if len(args) > 0 {
			v, args = args[0], args[1:]
		}
		text, checked := pathValue(p.Schema, v)
		if text == "" {
			return nil, nil, c.wrong(p.Name, "takes "+spec.Describe(p.Schema)+", not "+describe(v), c.usage())
		}
		if err := p.Schema.Validate(checked); err != nil {
			return nil, nil, c.invalid(p.Name, err)
		}
		path[p.Name] = text
	}
	return path, args, nil
}

// pathValue is an id as it travels and as its schema checks it. The text is empty for what is no id. Numbers may be given as
// text, such as a script's arguments are.
func pathValue(s *spec.Schema, v any) (text string, checked any) {
	switch v := v.(type) {
	case int64:
		text, checked = strconv.FormatInt(v, 10), v
	case string:
		text, checked = v, v
		if s.Kind == spec.KindInteger {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return "", nil
			}
			text, checked = strconv.FormatInt(n, 10), n
		}
	}
	if s.Kind == spec.KindString {
		checked = text
	}
	return text, checked
}

// ofWebsite reports whether a call is about a website's data, takesWebsite whether its options may name the website.
func (c *call) ofWebsite() bool    { return strings.Contains(c.op.Path, "{website_id}") }
func (c *call) takesWebsite() bool { return c.ofWebsite() && !c.hasField("website_id") }

// leadsWithWebsite reports whether a call's first argument is its website. In the websites group the website is what the
// call is about: it comes first, like any other id, and only what would destroy it insists on that.
func (c *call) leadsWithWebsite(args []any) bool {
	if !strings.HasPrefix(c.op.Call, "websites.") {
		return false
	}
	for _, p := range c.op.Params {
		if p.In == spec.InPath && p.Name != "website_id" && p.Name != "page_number" {
			return false
		}
	}
	if c.op.Call == "websites.delete" {
		return true
	}
	if len(args) == 0 {
		return false
	}
	_, isText := args[0].(string)
	return isText
}

// readOptions takes the options table, or the one value that the call needs in its place.
func (c *call) readOptions(args []any) (map[string]any, error) {
	options := map[string]any{}
	sole := ""
	if len(args) > 0 {
		if name := c.soleName(); name != "" {
			if table, ok := args[0].(map[string]any); !ok || table == nil {
				if args[0] != nil {
					sole, options[name] = name, args[0]
				}
				args = args[1:]
			}
		}
	}
	if len(args) > 1 {
		return nil, c.wrong("", "was given "+countOf(len(args)-1, "argument")+" too many", c.usage())
	}
	if len(args) == 1 && args[0] != nil {
		table, ok := args[0].(map[string]any)
		if !ok {
			return nil, c.wrong("options", "takes an object { ... }, not "+describe(args[0]), c.usage())
		}
		if _, again := table[sole]; again && sole != "" {
			return nil, c.wrong(sole, "is given twice, alone and among the options", c.usage())
		}
		maps.Copy(options, table)
	}
	for name, value := range defaults[c.op.ID] {
		if _, given := options[name]; !given {
			options[name] = value
		}
	}
	return options, nil
}

// soleName is the one value that a call cannot do without, which may be given in place of the options table: the state of
// state.update, the domain of websites.exists.
func (c *call) soleName() string {
	if name, ok := soleNames[c.op.ID]; ok {
		return name
	}
	name := ""
	take := func(candidate string) bool {
		if name != "" {
			return false
		}
		name = candidate
		return true
	}
	for _, p := range c.op.Params {
		if p.In == spec.InQuery && p.Required && !take(p.Name) {
			return ""
		}
	}
	if c.op.Body != nil {
		for _, f := range c.op.Body.Fields {
			if f.Required && !take(f.Name) {
				return ""
			}
		}
	}
	return name
}

// soleNames are the calls where another value than the only required one comes in place of the options.
var soleNames = map[string]string{
	"website.conversation.message.send": "content",
}

// defaults are what most callers mean. They keep the commonest calls short.
var defaults = map[string]map[string]any{
	"website.conversation.message.send":   {"type": "text", "from": "operator", "origin": "chat"},
	"website.conversation.read.mark":      {"from": "user", "origin": "chat"},
	"website.conversation.unread.mark":    {"from": "user"},
	"website.conversation.delivered.mark": {"from": "operator", "origin": "chat"},
}

// sort puts each option where it travels: the query or the body.
func (c *call) sort(options map[string]any, in *input) error {
	query, body := map[string]any{}, map[string]any{}
	givenAs := map[string]string{} // the names that query parameters were given by
	aliases := aliasesOf(c.op)
	for _, name := range slices.Sorted(maps.Keys(options)) {
		value := options[name]
		if p := c.queryParam(name, aliases); p != nil {
			if value == nil {
				continue
			}
			if other, twice := givenAs[p.Name]; twice {
				return c.wrong("", other+" and "+name+" are the same option: give one of them", "")
			}
			givenAs[p.Name] = name
			checked, err := c.coerce(p.Schema, value, name)
			if err != nil {
				return err
			}
			query[p.Name] = checked
			continue
		}
		if name == "order" && len(aliases.order) > 0 {
			text, _ := value.(string)
			p := aliases.order[text]
			if p == "" {
				return c.wrong(name, "takes one of "+quoteAll(slices.Sorted(maps.Keys(aliases.order)))+", not "+describe(value), "")
			}
			query[p], givenAs[p] = true, name
			continue
		}
		if !c.takesMember(name) {
			problem, hint := unknownOption(name, c.optionNames(aliases))
			if better := c.notTaken(name); better != "" {
				hint = better
			}
			return c.wrong("", problem, hint)
		}
		body[name] = value
	}
	for _, p := range c.op.Params {
		if _, given := query[p.Name]; p.In == spec.InQuery && p.Required && !given {
			return c.wrong(p.Name, "is missing: it takes "+spec.Describe(p.Schema), c.usage())
		}
	}
	values, err := crisp.EncodeQuery(c.op, query)
	if err != nil {
		return c.wrong("", err.Error(), "")
	}
	in.request.Query = values
	return c.setBody(body, in)
}

func (c *call) setBody(body map[string]any, in *input) error {
	if c.op.Body == nil {
		return nil
	}
	if len(body) == 0 && !c.op.BodyRequired {
		return nil
	}
	checked, err := c.coerce(c.op.Body, body, "")
	if err != nil {
		return err
	}
	in.request.Body = checked
	return nil
}

func (c *call) queryParam(name string, aliases *aliases) *spec.Param {
	if wire, ok := aliases.names[name]; ok {
		name = wire
	}
	p := c.op.Param(name)
	if p == nil || p.In != spec.InQuery {
		return nil
	}
	return p
}

func (c *call) hasField(name string) bool {
	return c.op.Body != nil && slices.Contains(memberNames(c.op.Body), name)
}

func (c *call) takesMember(name string) bool {
	return c.op.Body != nil && (c.op.Body.Extra != nil || c.hasField(name))
}

// optionNames are all names that the options table may hold.
func (c *call) optionNames(aliases *aliases) []string {
	var names []string
	for _, p := range c.op.Params {
		if p.In == spec.InQuery {
			names = append(names, p.Name)
		}
	}
	if c.op.Body != nil {
		names = append(names, memberNames(c.op.Body)...)
	}
	names = append(names, slices.Sorted(maps.Keys(aliases.names))...)
	if len(aliases.order) > 0 {
		names = append(names, "order")
	}
	if c.op.Pages != spec.PagesNone {
		names = append(names, "limit")
	}
	if c.op.Pages == spec.PagesNumber {
		names = append(names, "page_number")
	}
	if c.takesWebsite() {
		names = append(names, "website_id")
	}
	return names
}

// memberNames are the members of an object schema and of its alternatives.
func memberNames(s *spec.Schema) []string {
	var names []string
	for _, f := range s.Fields {
		if !f.ReadOnly {
			names = append(names, f.Name)
		}
	}
	for _, alternative := range s.OneOf {
		for _, name := range memberNames(alternative) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (c *call) wrong(param, problem, hint string) error {
	return argumentError(c.name, param, problem, hint)
}

func (c *call) usage() string {
	return "see `crisphost help " + c.op.Call + "`"
}

func (c *call) resultType() string {
	switch {
	case c.op.Method == http.MethodHead:
		return "boolean"
	case c.op.Result == nil:
		return ""
	default:
		return spec.Describe(c.op.Result)
	}
}
