package bindings_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// modulesOf are the modules as an instance with options calls them.
func modulesOf(t testing.TB, options ...engine.InstanceOption) []*engine.Module {
	t.Helper()
	return bound(t, bindings.List(), options...)
}

// bound are modules whose functions take their host from options.
func bound(t testing.TB, modules []*engine.Module, options ...engine.InstanceOption) []*engine.Module {
	t.Helper()
	var cfg engine.Config
	if err := cfg.Apply(options...); err != nil {
		t.Fatal(err)
	}
	invoker := engine.NewInvoker(&cfg)
	var bind func(prefix string, m *engine.Module) *engine.Module
	bind = func(prefix string, m *engine.Module) *engine.Module {
		made := *m
		call := func(f engine.Function, name string) engine.Function {
			inner := f
			f.Bind = nil
			f.Call = func(ctx context.Context, args []any) (any, error) { return invoker.Call(ctx, &inner, name, args) }
			return f
		}
		made.Functions = nil
		for _, f := range m.Functions {
			made.Functions = append(made.Functions, call(f, prefix+"."+f.Name))
		}
		if m.Apply != nil {
			apply := call(*m.Apply, prefix)
			made.Apply = &apply
		}
		made.Modules = nil
		for _, child := range m.Modules {
			made.Modules = append(made.Modules, bind(prefix+"."+child.Name, child))
		}
		return &made
	}
	var list []*engine.Module
	for _, m := range modules {
		list = append(list, bind(m.Name, m))
	}
	return list
}

// find looks a call up in modules.
func find(t testing.TB, modules []*engine.Module, call string) engine.Function {
	t.Helper()
	path := strings.Split(call, ".")
	for _, m := range modules {
		if m.Name != path[0] {
			continue
		}
		if len(path) == 1 {
			return *m.Apply
		}
		for _, step := range path[1 : len(path)-1] {
			for _, child := range m.Modules {
				if child.Name == step {
					m = child
					break
				}
			}
		}
		for _, f := range m.Functions {
			if f.Name == path[len(path)-1] {
				return f
			}
		}
	}
	t.Fatalf("no call %s", call)
	return engine.Function{}
}

type args = []any

type object = map[string]any

// plain is a result with its records as objects.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	case engine.Record:
		o := object{}
		for _, f := range v {
			o[f.Name] = plain(f.Value)
		}
		return o
	}
	return v
}

func TestStandardCalls(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	modules := modulesOf(t, bindings.WithEnv(map[string]string{"HOME_TOWN": "Nantes"}), engine.WithClock(func() time.Time { return now }))
	cases := []struct {
		call string
		args args
		want string // JSON of the result, or the error behind "error: "
	}{
		{"time.now", nil, `1772442000000`},
		{"time.ago", args{"1w 2d"}, `1771664400000`},
		{"time.ago", args{int64(1000)}, `1772441999000`},
		{"time.ago", args{"a while"}, `error: time.ago: duration is not a duration: "a while" (durations are like "90s", "15m", "2h30m", "7d", "2w")`},
		{"time.ago", args{"99999999999w"}, `error: time.ago: duration is not a duration: "99999999999w" (durations are like "90s", "15m", "2h30m", "7d", "2w")`},
		{"time.parse", args{"2026-03-02"}, `1772409600000`},
		{"time.parse", args{"2026-03-02T10:00:00+01:00"}, `1772442000000`},
		{"time.parse", args{"2026-03-29 02:30", object{"zone": "Europe/Paris"}}, `1774747800000`},
		{"time.parse", args{"02/03/2026 10h", object{"format": "%d/%m/%Y %Hh"}}, `1772445600000`},
		{"time.parse", args{"soon"}, `error: time.parse: text is not a date: "soon" (dates are ISO 8601, for example 2026-01-31 or 2026-01-31T09:30:00Z)`},
		{"time.format", args{int64(1772442000000)}, `"2026-03-02T09:00:00.000Z"`},
		{"time.format", args{int64(1772442000000), "%d.%m. %H:%M", object{"zone": "Asia/Tokyo"}}, `"02.03. 18:00"`},
		{"time.format", args{now, object{"zone": "Europe/Paris"}}, `"2026-03-02T10:00:00.000+01:00"`},
		{"time.format", args{int64(0), "%Y", object{"zone": "Mars/Olympus"}}, `error: time.format: zone is not a known time zone: "Mars/Olympus"`},
		{"time.format", args{int64(0), "%Y", object{"zona": "UTC"}}, `error: time.format: has no option "zona"`},
		{"time.duration", args{int64(0)}, `"0s"`},
		{"time.duration", args{int64(999)}, `"0s"`},
		{"time.duration", args{int64(61_000)}, `"1m 1s"`},
		{"time.duration", args{int64(3_600_000)}, `"1h"`},
		{"time.duration", args{int64(26*3_600_000 + 59_000)}, `"1d 2h"`},
		{"time.duration", args{int64(-90_000)}, `"-1m 30s"`},
		{"json.encode", args{object{"b": int64(1), "a": []any{true, nil, "é"}}}, `"{\"a\":[true,null,\"é\"],\"b\":1}"`},
		{"json.encode", args{object{"a": int64(1)}, object{"indent": int64(2)}}, `"{\n  \"a\": 1\n}"`},
		{"json.encode", args{object{"list": []any{"\xff"}}}, `error: json.encode: value.list[0] is not UTF-8 text`},
		{"json.encode", args{object{"at": time.UnixMilli(0), "bytes": []byte("text")}}, `"{\"at\":\"1970-01-01T00:00:00.000Z\",\"bytes\":\"text\"}"`},
		{"json.encode", args{object{}, object{"indent": int64(-2)}}, `error: json.encode: indent takes a number of spaces from 0 to 16`},
		{"json.decode", args{" [1, {\"a\": null}] "}, `[1, {"a": null}]`},
		{"json.decode", args{"{\"a\":\n  }"}, `error: json.decode: text is not valid JSON at line 2, column 3: invalid character '}' at start of value`},
		{"json.decode", args{"[1, 2"}, `error: json.decode: text is not valid JSON at line 1, column 6: unexpected EOF`},
		{"json.decode", args{""}, `error: json.decode: text is not valid JSON at line 1, column 1: unexpected EOF`},
		{"json.decode", args{"1 2"}, `error: json.decode: text is not valid JSON at line 1, column 3: invalid character '2' after top-level value`},
		{"json.encode", args{"\xff"}, `error: json.encode: value is not UTF-8 text`},
		{"json.array", args{object{}}, `[]`},
		{"json.object", nil, `{}`},
		{"csv.parse", args{"\ufeffname,plan\nAda,pro\n\"Bo, jr.\",\n"}, `[{"name":"Ada","plan":"pro"},{"name":"Bo, jr.","plan":""}]`},
		{"csv.parse", args{"a;b\n1;2\n", object{"delimiter": ";", "header": false}}, `[["a","b"],["1","2"]]`},
		{"csv.parse", args{"a,b\n1,2,3\n"}, `error: csv.parse: text has 3 fields in line 2, and 2 names in its first line`},
		{"csv.parse", args{"a\n\"open\n"}, `error: csv.parse: text is not valid CSV at line 2, column 7: extraneous or missing " in quoted-field`},
		{"csv.parse", args{"a,b\r\n1,\"x\r\ny\"\r\n\r\n"}, `[{"a":"1","b":"x\ny"}]`},
		{"csv.parse", args{"a,,\n1,,2\n"}, `[{"a":"1"}]`},
		{"csv.parse", args{"a,b,a\n1,2,3\n"}, `error: csv.parse: text has the name "a" twice in its first line`},
		{"csv.parse", args{"a,b,a\n1,2,3\n", object{"header": false}}, `[["a","b","a"],["1","2","3"]]`},
		{"csv.parse", args{""}, `[]`},
		{"csv.parse", args{"a,b\r1,2\r"}, `error: csv.parse: text has a carriage return in its first line: lines end in \n or \r\n`},
		{"csv.parse", args{"a,b\r1,2\r", object{"header": false}}, `[["a","b\r1","2"]]`},
		{"csv.parse", args{"\xff\xfea\x00,\x00b\x00\n\x00"}, `error: csv.parse: text is UTF-16 or no text at all`},
		{"csv.parse", args{"\x00a\x00,\x00b\x00\n"}, `error: csv.parse: text is UTF-16 or no text at all`},
		{"csv.format", args{[]any{[]any{"a", "b"}}, object{"columns": []any{"x"}}}, `error: csv.format: rows[0] has more items (2) than there are columns (1)`},
		{"csv.format", args{[]any{[]any{"a", "b"}, object{"x": "1"}}}, `error: csv.format: rows[0] has more items (2) than there are columns (1)`},
		{"csv.format", args{[]any{[]any{"a", "b"}}, object{"columns": []any{"x"}, "header": false}}, `"a,b\n"`},
		{"csv.format", args{[]any{[]any{"a"}}, object{"columns": []any{"x", "y"}}}, `"x,y\na\n"`},
		{"csv.parse", args{"a", object{"delimiter": "\x00"}}, `error: csv.parse: delimiter takes one character, not "\x00"`},
		{"csv.parse", args{"a", object{"delimiter": ""}}, `error: csv.parse: delimiter takes one character, not ""`},
		{"csv.format", args{[]any{object{"a": time.UnixMilli(0).UTC(), "b": []any{"x", int64(1)}, "c": []byte("y"), "d": `say "hi"`}}}, `"a,b,c,d\n1970-01-01T00:00:00.000Z,\"[\"\"x\"\",1]\",y,\"say \"\"hi\"\"\"\n"`},
		{"csv.format", args{[]any{object{"a": nil}, object{"a": "x"}}}, `"a\n\"\"\nx\n"`},
		{"csv.parse", args{"a\n\"\"\nx\n"}, `[{"a":""},{"a":"x"}]`},
		{"csv.parse", args{"a", object{"delimiter": "ab"}}, `error: csv.parse: delimiter takes one character, not "ab"`},
		{"csv.format", args{[]any{object{"b": int64(2), "a": "x,y"}, object{"b": true}}}, `"a,b\n\"x,y\",2\n,true\n"`},
		{"csv.format", args{[]any{[]any{"a", int64(1)}}}, `"a,1\n"`},
		{"csv.format", args{[]any{"text"}}, `error: csv.format: rows[0] takes an object or an array, not the string "text"`},
		{"crypto.sha256", args{"abc"}, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{"crypto.hmac", args{"key", "The quick brown fox jumps over the lazy dog"}, `"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"`},
		{"crypto.hmac", args{"key", "text", object{"hash": "md5"}}, `error: crypto.hmac: hash takes one of "sha256", "sha512", "sha1", not "md5"`},
		{"crypto.base64.encode", args{"sure?>"}, `"c3VyZT8+"`},
		{"crypto.base64.encode", args{"sure?>", object{"url": true}}, `"c3VyZT8-"`},
		{"crypto.base64.decode", args{"c3VyZT8+"}, `"sure?>"`},
		{"crypto.base64.decode", args{"YQ"}, `"a"`},
		{"crypto.base64.decode", args{"YQ==\n"}, `"a"`},
		{"crypto.base64.decode", args{"_-8=", object{"url": true}}, "\"\ufffd\ufffd\""},
		{"crypto.base64.decode", args{"//79", object{"bytes": true}}, `"//79"`}, // JSON writes bytes in base64
		{"crypto.base64.encode", args{[]byte{0xff, 0xfe}}, `"//4="`},
		{"crypto.base64.decode", args{"%"}, `error: crypto.base64.decode: text is not base64: illegal base64 data at input byte 0`},
		{"env.get", args{"HOME_TOWN"}, `"Nantes"`},
		{"env.get", args{"SECRET"}, `error: env.get: name "SECRET" is not allowed or not set`},
		{"crisp.people.list", nil, `error: crisp.people.list: this host has no connection to Crisp`},
		{"crisp.api.get", args{"website"}, `error: crisp.api.get: this host has no connection to Crisp`},
		{"crisp.website", args{"me"}, `error: crisp.website: website_id takes a UUID, not the string "me"`},
	}
	for _, c := range cases {
		t.Run(c.call, func(t *testing.T) {
			got, err := find(t, modules, c.call).Call(t.Context(), c.args)
			if err != nil {
				if "error: "+err.Error() != c.want {
					t.Fatalf("error: %v\nwant   %s", err, c.want)
				}
				return
			}
			got = plain(got)
			text, isJSON := got.(engine.JSON)
			if !isJSON {
				marshalled, err := json.Marshal(got, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
				if err != nil {
					t.Fatal(err)
				}
				text = marshalled
			}
			if string(text) != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	cancel(stop)
	_, err := find(t, modulesOf(t), "time.sleep").Call(ctx, args{"1h"})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestFilesStayBelowTheirDirectory(t *testing.T) {
	outside := t.TempDir()
	inside := filepath.Join(outside, "inside")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(inside, "link")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	modules := modulesOf(t, bindings.WithFiles(root), bindings.WithStdin(strings.NewReader("typed")))
	read, write, exists := find(t, modules, "files.read"), find(t, modules, "files.write"), find(t, modules, "files.exists")

	for _, path := range []string{"../secret", "link", filepath.Join(outside, "secret"), "missing", ""} {
		if got, err := read.Call(t.Context(), args{path}); err == nil {
			t.Errorf("read %q: %q", path, got)
		} else if host := (*engine.HostError)(nil); !errors.As(err, &host) || host.Name != "FileError" {
			t.Errorf("read %q: %v is no FileError", path, err)
		}
	}
	for _, path := range []string{"../new", "../new/directory", "."} {
		if _, err := write.Call(t.Context(), args{path, "text"}); err == nil {
			t.Errorf("wrote %q", path)
		}
	}
	if _, err := write.Call(t.Context(), args{"report.txt", "first"}); err != nil {
		t.Fatal(err)
	}
	if _, err := write.Call(t.Context(), args{"report.txt", "second"}); err != nil {
		t.Fatal(err)
	}
	if got, err := read.Call(t.Context(), args{"report.txt"}); err != nil || got != "second" {
		t.Errorf("read back %v, %v", got, err)
	}
	if got, err := read.Call(t.Context(), args{"-"}); err != nil || got != "typed" {
		t.Errorf("read standard input: %v, %v", got, err)
	}
	for path, want := range map[string]bool{"report.txt": true, "missing": false} {
		if got, err := exists.Call(t.Context(), args{path}); err != nil || got != want {
			t.Errorf("exists %q: %v, %v", path, got, err)
		}
	}
	entries, err := os.ReadDir(inside)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 { // link and report.txt: no half-written file is left
		t.Errorf("left behind: %v", entries)
	}
}

func TestLogMessages(t *testing.T) {
	var out strings.Builder
	handler := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})
	info := find(t, modulesOf(t, bindings.WithLogger(slog.New(handler))), "log.info")
	for _, list := range []args{{"text"}, {object{"b": []any{int64(1)}}}, {1e21}, {nil, object{"list": []any{"x", nil}, "at": time.UnixMilli(0).UTC()}}} {
		if _, err := info.Call(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	const want = `msg=text
msg="{\"b\":[1]}"
msg=1e+21
msg=null at=1970-01-01T00:00:00.000Z list="[\"x\",null]"
`
	if out.String() != want {
		t.Errorf("logged\n%swant\n%s", out.String(), want)
	}
}

// A name from outside must not draw lines of its own or command the terminal.
func TestTablesShowNoControlCharacters(t *testing.T) {
	var out strings.Builder
	printTable := find(t, modulesOf(t, engine.WithStdout(&out)), "print_table")
	if _, err := printTable.Call(t.Context(), args{[]any{object{"name": "a\nb\x1b[31mc\u009b1md"}}}); err != nil {
		t.Fatal(err)
	}
	if want := " name\n───────────────\n a b [31mc 1md\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// TestCutLetters: a Lua text that ends within a letter is refused with the cure, wherever it is sent.
func TestCutLetters(t *testing.T) {
	out := runText(t, "cut.lua", `
local s = ("caf\195\169"):sub(1, 4)
local function try(fn, ...)
  local ok, err = pcall(fn, ...)
  print(ok, err.message, (err.hint or ""):match("utf8.offset[^)]*%)"))
end
local id = crisp.conversations.list({ limit = 1 })[1].session_id
try(json.encode, s)
try(json.encode, { a = { s } })
try(crisp.conversations.messages.send, id, s)
try(crisp.conversations.messages.send, id, { type = "text", from = "operator", origin = "chat", content = s })
try(crisp.people.get, s)
try(crisp.people.list, { search_text = s })
try(crisp.api.post, "website/{website_id}/people/profile", { body = { a = s } })
try(store.set, "a", s)
try(store.set, s, 1)
print(("caf\195\169s"):sub(1, utf8.offset("caf\195\169s", 4 + 1) - 1))
`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 10 {
		t.Fatalf("printed %d lines:\n%s", len(lines), out)
	}
	for i, line := range lines {
		if i == 9 {
			if line != "café" {
				t.Errorf("the cure gives %q", line)
			}
		} else if !strings.HasPrefix(line, "false ") || !strings.Contains(line, "is not UTF-8") || !strings.HasSuffix(line, "utf8.offset(s, n + 1)") {
			t.Errorf("%s", line)
		}
	}
}

// TestLostDigits: a fingerprint that Lua has made text of names no message and no key, and the error says why.
func TestLostDigits(t *testing.T) {
	out := runText(t, "digits.lua", `
local fingerprint = 729342449921672
local function try(fn, ...)
  local ok, err = pcall(fn, ...)
  print(ok, err.hint)
end
local id = crisp.conversations.list({ limit = 1 })[1].session_id
try(crisp.conversations.messages.get, id, "" .. fingerprint)
try(store.get, "seen:" .. fingerprint)
print("seen:" .. string.format("%d", fingerprint), json.encode(fingerprint))
`)
	const hint = `false Lua writes 14 digits of a number as text: pass the number itself, or string.format("%d", n)` + "\n"
	if out != hint+hint+"seen:729342449921672 729342449921672\n" {
		t.Errorf("printed %s", out)
	}
}
