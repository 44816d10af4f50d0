package run

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsoncolor"
	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// EvalOptions are what `crisphost eval` takes.
type EvalOptions struct {
	codeOptions
	code string
	json bool
}

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
		Long: `Runs code from the command line. If it is a single expression, its value is printed: strings as they are, anything else as JSON. "-" reads the
code from standard input.`,
		Example: `  crisphost eval 'await crisp.visitors.count()'
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
	ctx, cancel := withTimeout(ctx, o.timeout)
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
	x := execution{language: src.Language, args: o.args, stdin: !stdin, store: resources.EvalStore, memory: o.memory}
	if x.engine, err = source.Engine(); err != nil {
		return err
	}
	if x.permissions, err = o.permissions.OfCode(x.engine.Vocabulary()); err != nil {
		return err
	}
	program, isExpression, err := compileEval(ctx, x.engine, src)
	if err != nil {
		return err
	}
	x.program = program
	defer o.watch()()
	conn, err := o.connect.ConnectOnUse(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var result evaluated
	err = o.executeWith(conn, x, func(vm engine.VM) (err error) {
		evaluator, ok := vm.(engine.Evaluator)
		if !ok {
			return fmt.Errorf("%s has no values to print", src.Language)
		}
		result.Outcome, result.value, result.problem, err = evaluator.Evaluate(ctx, x.program)
		return err
	})
	if err != nil {
		if isExpression {
			err = withoutWrapper(err, o.code)
		}
		return err
	}
	if result.None && !isExpression {
		return nil
	}
	if isExpression {
		result.Text = textWithoutWrapper(result.Text)
	}
	return printValue(o.io, &result, o.json)
}

// evaluated is the value of an expression.
type evaluated struct {
	engine.Outcome
	// value and problem are as engine.Evaluator has them.
	value   any
	problem error
}

// compileEval compiles code as an expression, whose value is the program's result, or else as statements. The words around an
// expression stand on lines of their own, so that columns stay as they are.
func compileEval(ctx context.Context, eng *engine.Engine, src engine.Source) (program engine.Program, isExpression bool, err error) {
	wrapped := src
	if src.Language == engine.Lua {
		wrapped.Code = []byte("return\n" + string(src.Code))
	} else {
		wrapped.Code = []byte("export default (\n" + string(src.Code) + "\n)")
	}
	if program, err := eng.Compile(ctx, wrapped); err == nil {
		return program, true, nil
	}
	program, err = eng.Compile(ctx, src)
	return program, false, err
}

// withoutWrapper moves the positions of an error in a wrapped expression to where they are in the code. What is about the wrapper, as
// waiting for the value is, is about all of the code.
func withoutWrapper(err error, code string) error {
	var script *engine.Error
	if !errors.As(err, &script) {
		return err
	}
	blank := len(code) - len(strings.TrimLeft(code, " \t\r\n"))
	start := engine.Position{
		File: evalName, Line: 1 + strings.Count(code[:blank], "\n"), Column: blank - strings.LastIndexByte(code[:blank], '\n'),
	}
	inCode := func(at engine.Position) engine.Position {
		switch {
		case at.File != evalName || at.Line < 1:
		case at.Line == 1:
			return start
		default:
			at.Line--
		}
		return at
	}
	moved := *script
	if moved.Position = inCode(script.Position); moved.Position == start {
		moved.SourceLine = sourceline.At([]byte(code), start.Line)
	}
	moved.Trace = append([]engine.Frame(nil), script.Trace...)
	for i := range moved.Trace {
		moved.Trace[i].Position = inCode(moved.Trace[i].Position)
	}
	return &moved
}

// textWithoutWrapper is withoutWrapper for the text of a value, which may be that of an error with its trace, or of a function that
// got its name from the wrapper.
func textWithoutWrapper(text string) string {
	if text == "[Function: eval_default]" {
		return "[Function (anonymous)]"
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		before, after, found := strings.Cut(line, evalName+":")
		number, column, isPlace := strings.Cut(after, ":")
		if n, err := strconv.Atoi(number); found && isPlace && err == nil && n > 1 && strings.HasPrefix(strings.TrimSpace(line), "at ") {
			lines[i] = fmt.Sprintf("%s%s:%d:%s", before, evalName, n-1, column)
		}
	}
	return strings.Join(lines, "\n")
}

// printValue prints the value of an expression: texts as they are, other plain data as JSON, anything else as its language shows it.
// Nothing, as a call without result gives, prints nothing.
func printValue(io *streams.IO, v *evaluated, asJSON bool) error {
	text := v.Text
	switch {
	case v.None && !asJSON:
		return nil
	case v.JSON != nil && !asJSON && v.JSON[0] == '"':
		if err := json.Unmarshal(v.JSON, &text); err != nil {
			return fmt.Errorf("the value cannot be read: %w", err)
		}
	case v.JSON != nil:
		shown, err := formatJSON(v.JSON, asJSON)
		if err != nil {
			return fmt.Errorf("the value cannot be read: %w", err)
		}
		text = shown
		if !asJSON && io.ColorOut {
			text = jsoncolor.Paint(text)
		}
	case v.Sequence != nil:
		return &usage.Error{Problem: "the value is a stream", Hint: "take the items in a loop, or list in place of each"}
	case asJSON && v.problem != nil:
		return noJSON(v.problem)
	case asJSON:
		shown, err := jsonform.Encode(v.value)
		if err != nil {
			return fmt.Errorf("the value has no JSON form: %w", err)
		}
		text = string(shown)
	}
	_, err := fmt.Fprintln(io.Out, text)
	return err
}

// noJSON is the error for a value without JSON form. In JavaScript the engine knows it as the default export.
func noJSON(problem error) error {
	if argument := (*engine.ArgumentError)(nil); errors.As(problem, &argument) {
		return errors.New("the value" + strings.TrimPrefix(strings.TrimPrefix(argument.Path, "the value"), "the default export") + " " + argument.Problem)
	}
	if strings.HasPrefix(problem.Error(), "the value") {
		return problem
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
