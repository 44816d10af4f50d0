// Package api is the command that makes one request to the API.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Options are what `crisphost api` takes.
type Options struct {
	io *streams.IO

	connect           connect.Options
	method, path      string
	fields            []fields.Field
	query, header     []string
	input             string
	paginate          bool
	include, raw      bool
	plain, typed      []string
	methodGiven, body bool
}

// NewCmdAPI returns the command api. A run that is not nil takes the place of what the command does, for tests.
func NewCmdAPI(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = api
	}
	o := &Options{io: f.IO, connect: connect.New(f)}
	cmd := &cobra.Command{
		Use:   "api [METHOD] PATH",
		Short: "Make one API request and print the answer",
		Long: `Makes a request to any path below the API's base and prints the data of the answer. {website_id} in PATH is the connection's. METHOD is
GET by default, and POST when there is a body.

-f and -F build the body: -f takes strings, -F also numbers, true, false, null and @FILE. Brackets in names build nested values: content[text]=Hello,
segments[]=vip.`,
		Example: `  crisphost api website/{website_id}/conversations/1 -q filter_unread=1
  crisphost api POST website/{website_id}/conversation
  crisphost api PATCH website/{website_id}/conversation/session_.../meta -f nickname=Ada -f segments[]=vip
  crisphost api --paginate website/{website_id}/people/profiles/1`,
		Args: usage.Between(1, 2, "a path"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeAPI(args), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path, o.method = args[len(args)-1], http.MethodGet
			if len(args) == 2 {
				o.method, o.methodGiven = strings.ToUpper(args[0]), true
			}
			if err := o.readFlags(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.plain, "field", "f", nil, "body member `name=text`; repeatable")
	flags.StringArrayVarP(&o.typed, "typed-field", "F", nil, "body member `name=value` with a number, true, false, null or @FILE; repeatable")
	flags.StringArrayVarP(&o.query, "query", "q", nil, "query parameter `name=value`; repeatable")
	flags.StringArrayVarP(&o.header, "header", "H", nil, "request header `name:value`; repeatable")
	flags.StringVar(&o.input, "input", "", "`file` with the request body as JSON, or - for standard input")
	flags.BoolVar(&o.paginate, "paginate", false, "fetch all pages and print one array")
	flags.BoolVarP(&o.include, "include", "i", false, "print the status and the headers of the answer first")
	flags.BoolVar(&o.raw, "raw", false, "print the whole envelope on one line: error, reason, data")
	o.connect.Register(cmd)
	return cmd
}

func completeAPI(args []string) []string {
	if len(args) == 0 {
		return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	}
	var paths []string
	for _, op := range spec.All() {
		if strings.EqualFold(op.Method, args[0]) {
			paths = append(paths, strings.TrimPrefix(op.Path, "/")+"\t"+op.Summary)
		}
	}
	return paths
}

func (o *Options) readFlags(cmd *cobra.Command) error {
	var err error
	if o.fields, err = fields.Parse(o.plain, o.typed); err != nil {
		return err
	}
	o.body = len(o.fields) > 0 || o.input != ""
	if len(o.fields) > 0 && o.input != "" {
		return &usage.Error{Problem: "--input and -f or -F exclude each other", Hint: "keep one of them"}
	}
	if o.body && !o.methodGiven {
		o.method = http.MethodPost
	}
	if o.body && o.method == http.MethodHead || o.body && o.method == http.MethodGet {
		return &usage.Error{Problem: o.method + " takes no body", Hint: "query parameters are given with -q"}
	}
	if o.paginate && (o.method != http.MethodGet || o.include || o.raw) {
		return &usage.Error{Problem: "--paginate takes a GET request, without --include and --raw"}
	}
	return o.connect.CheckFlags(cmd)
}

func api(ctx context.Context, o *Options) error {
	req, err := o.request(ctx)
	if err != nil {
		return err
	}
	conn, err := o.connect.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	path := o.path
	if strings.Contains(path, "{website_id}") {
		if conn.Credentials.WebsiteID == "" {
			return &usage.Error{Problem: "{website_id} is not known", Hint: "give it with --website or " + connect.EnvWebsite}
		}
		path = strings.ReplaceAll(path, "{website_id}", conn.Credentials.WebsiteID)
	}
	if o.paginate {
		return paginate(ctx, o.io, conn, path, req)
	}
	res, err := conn.Client.Call(ctx, o.method, path, req)
	if err != nil {
		return err
	}
	return o.printResponse(res)
}

// request makes the request of the flags.
func (o *Options) request(ctx context.Context) (*crisp.Request, error) {
	req := &crisp.Request{Query: url.Values{}, Header: http.Header{}}
	for _, pair := range o.query {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, &usage.Error{Problem: fmt.Sprintf("-q %q is not name=value", pair)}
		}
		req.Query.Add(name, value)
	}
	for _, pair := range o.header {
		name, value, ok := strings.Cut(pair, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, &usage.Error{Problem: fmt.Sprintf("-H %q is not name:value", pair)}
		}
		req.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	switch {
	case o.input != "":
		body, err := readInput(ctx, o.io.In, o.input)
		if err != nil {
			return nil, err
		}
		req.Body = json.RawMessage(body)
	case len(o.fields) > 0:
		body, err := fields.Build(ctx, o.io.In, o.fields)
		if err != nil {
			return nil, err
		}
		req.Body = body
	}
	return req, nil
}

// readInput reads a JSON body.
func readInput(ctx context.Context, in io.Reader, name string) ([]byte, error) {
	body, err := input.ReadOperand(ctx, in, name)
	if err != nil {
		return nil, err
	}
	if err := checkJSON(body); err != nil {
		return nil, &usage.Error{Problem: fmt.Sprintf("--input %s is not JSON: %v", name, err), Err: err}
	}
	return body, nil
}

func checkJSON(text []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(text, &v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		before := text[:min(int(syntax.Offset), len(text))]
		return fmt.Errorf("line %d: %w", 1+bytes.Count(before, []byte("\n")), err)
	}
	return err
}

// printResponse prints an answer: nothing for one without data, and the status for HEAD, which has no other.
func (o *Options) printResponse(res *crisp.Response) error {
	var b bytes.Buffer
	if o.include {
		fmt.Fprintf(&b, "%d %s\n", res.Status, http.StatusText(res.Status))
		for _, name := range sortedNames(res.Header) {
			for _, value := range res.Header[name] {
				fmt.Fprintf(&b, "%s: %s\n", name, value)
			}
		}
		b.WriteByte('\n')
	}
	switch {
	case o.method == http.MethodHead:
		if !o.include {
			fmt.Fprintf(&b, "%d %s\n", res.Status, http.StatusText(res.Status))
		}
	case o.raw:
		data := json.RawMessage(res.Data)
		if data == nil {
			data = json.RawMessage("null")
		}
		envelope, err := json.Marshal(struct {
			Error  bool            `json:"error"`
			Reason string          `json:"reason"`
			Data   json.RawMessage `json:"data"`
		}{false, res.Reason, data})
		if err != nil {
			return err
		}
		b.Write(envelope)
		b.WriteByte('\n')
	case res.Data != nil:
		if err := o.io.IndentJSON(&b, res.Data); err != nil {
			return err
		}
	}
	_, err := o.io.Out.Write(b.Bytes())
	return err
}

func sortedNames(header http.Header) []string {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
