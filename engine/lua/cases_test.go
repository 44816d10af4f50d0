package lua

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// TestCases runs the chunks of testdata/cases. A line of --- separates chunks. Each line that ends in "--> text" expects
// text to be printed, in this order ("\t" is a tab, "@" the line's number); a line that ends in "--! text" expects the chunk to fail there with an
// error that contains text, and "--!:7 text" with its column as well.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line := 1
		for _, chunk := range strings.SplitAfter(string(text), "\n---\n") {
			body := strings.TrimSuffix(chunk, "---\n")
			padding := strings.Repeat("\n", line-1) // lines count from the file's beginning
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(file), line), func(t *testing.T) {
				t.Parallel()
				runCase(t, padding+body)
			})
			line += strings.Count(chunk, "\n")
		}
	}
}

var (
	wantOutput = regexp.MustCompile(`--> ?(.*)$`)
	wantError  = regexp.MustCompile(`--!(?::(\d+))? (.*)$`)
)

func runCase(t *testing.T, code string) {
	var want strings.Builder
	errorLine, errorColumn, errorText := 0, "", ""
	for i, line := range strings.Split(code, "\n") {
		if m := wantOutput.FindStringSubmatch(line); m != nil {
			text := strings.ReplaceAll(m[1], `\t`, "\t")
			want.WriteString(strings.ReplaceAll(text, "@", fmt.Sprint(i+1)) + "\n")
		}
		if m := wantError.FindStringSubmatch(line); m != nil {
			errorLine, errorColumn, errorText = i+1, m[1], m[2]
		}
	}
	out, _, err := script(t, engine.Config{
		Modules: []*engine.Module{testHost(), {Name: "json"}},
		Now:     func() time.Time { return time.Date(2026, 11, 22, 14, 5, 9, 0, time.UTC) },
	}, code)
	if out != want.String() {
		t.Errorf("printed:\n%s\nwant:\n%s", out, want.String())
	}
	if errorLine == 0 {
		if err != nil {
			t.Errorf("failed: %v", err)
		}
		return
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one in line %d: %s", err, errorLine, errorText)
	}
	if e.Line != errorLine || !strings.Contains(e.Error(), errorText) || errorColumn != "" && errorColumn != fmt.Sprint(e.Column) {
		t.Errorf("error %q\nat line %d column %d, want line %d column %s: %s", e.Error(), e.Line, e.Column, errorLine, errorColumn, errorText)
	}
	if e.Line > 0 && e.SourceLine == "" {
		t.Error("the error does not show its line")
	}
}

// testHost is a host module with a function for each kind of result.
func testHost() *engine.Module {
	function := func(name string, call func(ctx context.Context, args []any) (any, error)) engine.Function {
		return engine.Function{Name: name, Call: call}
	}
	return &engine.Module{
		Name: "host",
		Values: []engine.Constant{
			{Name: "answer", Value: 42},
			{Name: "nothing", Value: engine.Null{}},
		},
		Functions: []engine.Function{
			function("echo", func(_ context.Context, args []any) (any, error) { return engine.Multi(args), nil }),
			function("show", func(_ context.Context, args []any) (any, error) { return fmt.Sprintf("%#v", args), nil }),
			function("json", func(_ context.Context, args []any) (any, error) { return engine.JSON(args[0].(string)), nil }),
			function("sleep", func(ctx context.Context, args []any) (any, error) {
				select {
				case <-time.After(time.Duration(args[0].(int64)) * time.Millisecond):
					return nil, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}),
			function("fail", func(_ context.Context, args []any) (any, error) {
				return nil, fmt.Errorf("host: %w", os.ErrNotExist)
			}),
			function("refuse", func(_ context.Context, args []any) (any, error) {
				return nil, &engine.HostError{
					Name: "CrispError", Message: "not allowed", Hint: "ask somebody",
					Fields: []engine.Constant{{Name: "status", Value: 403}},
				}
			}),
			function("crash", func(_ context.Context, args []any) (any, error) { panic("oops") }),
			function("count", func(_ context.Context, args []any) (any, error) {
				n := args[0].(int64)
				return engine.Sequence(func(yield func(any, error) bool) {
					for i := range n {
						if !yield(engine.JSON(fmt.Sprintf(`{"n":%d}`, i+1)), nil) {
							return
						}
					}
					if len(args) > 1 {
						yield(nil, errors.New("the stream broke"))
					}
				}), nil
			}),
			function("pairs", func(_ context.Context, args []any) (any, error) {
				return engine.Sequence(func(yield func(any, error) bool) {
					_ = yield(engine.Multi{"a", 1}, nil) && yield(engine.Multi{"b", 2}, nil)
				}), nil
			}),
			function("opaque", func(_ context.Context, args []any) (any, error) { return engine.Opaque{Value: 7}, nil }),
			function("open", func(_ context.Context, args []any) (any, error) {
				o, ok := args[0].(engine.Opaque)
				return fmt.Sprint(o.Value, ok), nil
			}),
			function("values", func(_ context.Context, args []any) (any, error) {
				return []any{1, int64(2), 2.5, "s", []byte("b"), true, nil, time.UnixMilli(1700000000123), map[string]any{"b": 1, "a": []any{}}}, nil
			}),
			function("handle", func(_ context.Context, args []any) (any, error) {
				return &engine.Module{Name: "handle", Values: []engine.Constant{{Name: "id", Value: "h1"}}, Functions: []engine.Function{
					{Name: "name", Sync: true, Call: func(context.Context, []any) (any, error) { return "handle", nil }},
				}}, nil
			}),
		},
		Modules: []*engine.Module{{
			Name:      "nested",
			Functions: []engine.Function{function("deep", func(context.Context, []any) (any, error) { return "deep", nil })},
			Apply:     &engine.Function{Name: "nested", Call: func(_ context.Context, args []any) (any, error) { return args[0], nil }},
		}},
	}
}
