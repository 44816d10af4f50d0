package run

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsoncolor"
	"github.com/crisphost/crisphost/internal/jsonform"
)

// EvalOptions are what `crisphost eval` takes.
type EvalOptions struct {
	codeOptions
	code string
	json bool
}

// lastValue is the variable that has the value of an entry.
const lastValue = "_"

// evalName is the name of the code in errors.
const evalName = "eval"

// NewCmdEval returns the command eval. A run that is not nil takes the place of what the command does, for tests.
func NewCmdEval(f *cmdutil.Factory, run func(context.Context, *EvalOptions) error) *cobra.Command {
	if run == nil {
		run = evalCode
	}
	o := &EvalOptions{codeOptions: newCodeOptions(f)}
	cmd := &cobra.Command{
		Use:   "eval [flags] CODE|- [-- ARGS]",
		Short: "Run a line of code and print its value",
		Long: `Runs code from the command line as the shell runs an entry: calls need no await, and the value of the last statement is printed, strings as
they are and anything else as JSON. Of a stream, the first 20 items are printed. "-" reads the code from standard input.`,
		Example: `  crisphost eval 'crisp.visitors.count().count'
  crisphost eval --sandbox -l lua 'crisp.conversations.list{limit = 1}[1].meta.nickname'`,
		Args: func(cmd *cobra.Command, args []string) error {
			// Code that begins with a dash stands behind --, like its arguments.
			dash := cmd.ArgsLenAtDash()
			if len(args) == 0 {
				return &usage.Error{Problem: "crisphost eval needs code to run", Hint: `for example: crisphost eval '1 + 1'`}
			} else if dash < 0 && len(args) > 1 || dash > 1 {
				return &usage.Error{Problem: fmt.Sprintf("crisphost eval takes one piece of code, and %q is another", args[1]), Hint: "quote the code as a whole; arguments for it stand behind --"}
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.code, o.args = args[0], args[1:]
			if err := o.check(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.register(cmd, "code", "", "default js")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the value as JSON on one line")
	return cmd
}

func evalCode(ctx context.Context, o *EvalOptions) error {
	src := engine.Source{Name: evalName, Code: []byte(o.code)}
	var err error
	if src.Language, err = source.ParseLanguage(cmp.Or(o.language, "js")); err != nil {
		return err
	}
	ctx, cancel := o.withTimeout(ctx, o.timeout)
	defer cancel()
	stdin := o.code == "-"
	if stdin {
		read, err := source.Read(ctx, o.io.In, "-", src.Language, "")
		if err != nil {
			return err
		}
		src.Code = read.Code
		o.code = string(read.Code)
	}
	if err := source.CheckText("the code", src.Code, src.Language); err != nil {
		return err
	}
	if src.Dir, err = os.Getwd(); err != nil {
		return err
	}
	if src.Root, err = source.Root(src.Dir, ""); err != nil {
		return err
	}
	x := execution{name: evalName, language: src.Language, args: o.args, stdin: !stdin, store: resources.EvalStore, memory: o.memory}
	if x.engine, err = source.Engine(); err != nil {
		return err
	}
	if x.permissions, err = o.permissions.OfCode(x.engine.Vocabulary()); err != nil {
		return err
	}
	defer o.watch()()
	conn, err := o.connect.ConnectOnUse(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return o.executeWith(conn, x, func(options []engine.InstanceOption) error {
		session, err := x.engine.Session(src.Language, src.Root, src.Dir, options...)
		if err != nil {
			return err
		}
		err = o.evaluate(ctx, session, o.code)
		return cmp.Or(x.engine.WithLanguageHint(ctx, src, err, func(other engine.Language) string { return "say so with -l " + string(other) }), session.Close())
	})
}

// evaluate evaluates code as the shell does an entry, and prints its value.
func (o *EvalOptions) evaluate(ctx context.Context, session engine.Session, code string) error {
	outcome, err := session.Eval(ctx, evalName, code)
	if err != nil {
		return err
	}
	if err := session.Idle(ctx); err != nil {
		return err
	}
	switch {
	case outcome.Sequence != nil:
		return o.printStream(outcome.Sequence)
	case o.json && outcome.JSON == nil && !outcome.None:
		value, err := session.Get(lastValue)
		if err != nil {
			return noJSON(err)
		}
		if outcome.JSON, err = jsonform.Encode(value); err != nil {
			return fmt.Errorf("the value has no JSON form: %w", err)
		}
	}
	return o.print(outcome)
}

// firstPage is how many items of a stream are printed, as many as the shell shows at once.
const firstPage = 20

// printStream prints the beginning of a stream.
func (o *EvalOptions) printStream(stream engine.Sequence) error {
	items := []any{}
	for item, err := range stream {
		if err != nil {
			return err
		}
		if len(items) == firstPage {
			fmt.Fprintf(o.io.Err, "these are the first %d of a stream: take list with a limit for more\n", firstPage)
			break
		}
		items = append(items, item)
	}
	data, err := jsonform.Encode(items)
	if err != nil {
		return fmt.Errorf("the stream has no JSON form: %w", err)
	}
	return o.print(engine.Outcome{JSON: data})
}

// print prints a value: texts as they are, other plain data as JSON, anything else as its language shows it. Nothing, as a call without
// result gives, prints nothing.
func (o *EvalOptions) print(v engine.Outcome) error {
	text := v.Text
	switch {
	case v.None:
		return nil
	case v.JSON != nil && !o.json && v.JSON[0] == '"':
		if err := json.Unmarshal(v.JSON, &text); err != nil {
			return fmt.Errorf("the value cannot be read: %w", err)
		}
	case v.JSON != nil:
		shown, err := formatJSON(v.JSON, o.json)
		if err != nil {
			return fmt.Errorf("the value cannot be read: %w", err)
		}
		text = shown
		if !o.json && o.io.ColorOut {
			text = jsoncolor.Paint(text)
		}
	}
	_, err := fmt.Fprintln(o.io.Out, text)
	return err
}

// noJSON is the error for a value without JSON form.
func noJSON(problem error) error {
	if argument := (*engine.ArgumentError)(nil); errors.As(problem, &argument) {
		return errors.New("the value" + strings.TrimPrefix(argument.Path, lastValue) + " " + argument.Problem)
	}
	if inner := errors.Unwrap(problem); inner != nil && strings.HasPrefix(inner.Error(), "the value") {
		return inner
	}
	return fmt.Errorf("the value has no JSON form: %w", problem)
}

// formatJSON writes plain data with its members in their order, on one line or indented.
func formatJSON(data engine.JSON, compact bool) (string, error) {
	var b bytes.Buffer
	if compact {
		return string(data), nil
	}
	err := json.Indent(&b, data, "", "  ")
	return b.String(), err
}
