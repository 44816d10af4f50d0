package lua

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	values "github.com/crisphost/crisphost/engine/lua/internal/value"
	"github.com/crisphost/crisphost/internal/tape"
	glua "github.com/yuin/gopher-lua"
	"pgregory.net/rapid"
)

// eager decodes a place of a document into ordinary tables: what lazy ones must be like.
func eager(v *vm, doc *tape.Document, at tape.Index) glua.LValue {
	switch doc.Kind(at) {
	case tape.Array:
		t := v.values.NewList()
		for _, item := range doc.Items(at) {
			value := eager(v, doc, item)
			if value == glua.LNil {
				value, _ = v.values.ToLua(engine.Null{})
			}
			t.Append(value)
		}
		return t
	case tape.Object:
		t := v.L.CreateTable(0, doc.Len(at))
		for k, value := range doc.Members(at) {
			if lv := eager(v, doc, value); lv != glua.LNil {
				t.RawSetString(doc.String(k), lv)
			}
		}
		return t
	default:
		return v.values.Document(doc.Copy(at))
	}
}

// Scripts cannot tell a lazy table from an ordinary one: the same random operations on both print the same.
func TestLazyLikeEager(t *testing.T) {
	v := newVM(t)
	// Each operation works on the tables a (all that were met so far) and logs what it sees.
	run, err := v.L.LoadString(`
		local root, ops = ...
		local met, log = {root}, {}
		local function name(x)
			if type(x) ~= "table" then return tostring(x) end
			for i, t in ipairs(met) do if rawequal(t, x) then return "table " .. i end end
			met[#met + 1] = x
			return "table " .. #met
		end
		local function say(...)
			local parts = table.pack(...)
			for i = 1, parts.n do parts[i] = name(parts[i]) end
			log[#log + 1] = table.concat(parts, " ")
		end
		local keys = {"a", "b", "c", "list", "sub", 1, 2, 3}
		for _, op in ipairs(ops) do
			local t, k = met[(op[2] - 1) % #met + 1], keys[op[3]]
			local what = op[1]
			if what == 1 then say("get", t[k])
			elseif what == 2 then t[k] = op[4] say("set")
			elseif what == 3 then t[k] = nil say("delete")
			elseif what == 4 then for key, value in pairs(t) do say("pair", key, value) end
			elseif what == 5 then for i, value in ipairs(t) do say("item", i, value) end
			elseif what == 6 then say("length", #t, table.maxn(t))
			elseif what == 7 then say("next", next(t))
			elseif what == 8 then say("rawget", rawget(t, k))
			elseif what == 9 then rawset(t, k, op[4]) say("rawset")
			elseif what == 10 then say("equal", t[k] == t[k], rawequal(t, t[k]))
			elseif what == 11 then table.insert(t, op[4]) say("insert", #t)
			elseif what == 12 then say("remove", table.remove(t))
			elseif what == 13 then say("unpack", unpack(t))
			elseif what == 14 then say("metatable", getmetatable(t) == nil or #t > 0 or next(t) == nil or type(next(t)) == "number")
			elseif what == 15 then say("inspect", inspect(t))
			elseif what == 16 then say("inherit", setmetatable({}, {__index = t})[k])
			elseif what == 17 then t[k] = t say("cycle") t[k] = nil
			elseif what == 18 then setmetatable(t, {__index = {c = "fallback"}}) say("index", t.c)
			elseif what == 19 then setmetatable(t, nil) say("bare")
			elseif what == 20 then local co = coroutine.wrap(function() return t[k] end) say("inside", co())
			end
		end
		return table.concat(log, "\n") .. "\n" .. inspect(root)
	`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(drawJSON(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := tape.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		ops := v.L.NewTable()
		for range rapid.IntRange(1, 12).Draw(t, "operations") {
			op := v.L.NewTable()
			for _, high := range []int{20, 6, 8, 3} {
				op.Append(glua.LNumber(rapid.IntRange(1, high).Draw(t, "n")))
			}
			ops.Append(op)
		}
		behaviour := func(root glua.LValue) string {
			v.L.Push(run)
			v.L.Push(root)
			v.L.Push(ops)
			defer v.L.SetTop(0)
			if failed := v.protect(v.L, 2, 1); failed != nil {
				return failed.value.String()
			}
			return v.L.Get(-1).String()
		}
		lazy, want := behaviour(v.values.Document(doc)), behaviour(eager(v, doc, tape.Root))
		if lazy != want {
			t.Errorf("%s\n%s\nlazy:\n%s\neager:\n%s", text, v.values.Inspect(ops), lazy, want)
		}
		// As arguments they are the same as well, touched or not.
		fresh := v.values.Document(doc)
		before, err1 := v.values.ToGo(fresh)
		v.values.Inspect(fresh)
		after, err2 := v.values.ToGo(fresh)
		var decoded any
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Fatal(err)
		}
		made, err := v.values.ToLua(decoded)
		if err != nil {
			t.Fatal(err)
		}
		plain, err3 := v.values.ToGo(made)
		if a, b, c := fmt.Sprint(before, err1), fmt.Sprint(after, err2), fmt.Sprint(plain, err3); a != b || b != c {
			t.Errorf("%s: untouched %s, touched %s, eager %s", text, a, b, c)
		}
	})
}

func newVM(t testing.TB) *vm {
	t.Helper()
	machine, err := NewRuntime().New(engine.Config{Modules: []*engine.Module{testHost(), {Name: "json"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := machine.Close(); err != nil {
			t.Error(err)
		}
	})
	return machine.(*vm)
}

// drawJSON is an object whose members have the names that the operations use.
func drawJSON(t *rapid.T, depth int) map[string]any {
	object := map[string]any{}
	for _, key := range []string{"a", "b", "c", "list", "sub"} {
		switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
		case kind == 0:
		case kind == 1:
			object[key] = nil
		case kind == 2:
			object[key] = rapid.SampledFrom([]any{true, false, 0, 1.5, -7}).Draw(t, "scalar")
		case kind == 3:
			object[key] = rapid.SampledFrom([]string{"", "text", "é\n\"", "\x00"}).Draw(t, "string")
		case depth == 0:
		case kind == 4:
			object[key] = drawJSON(t, depth-1)
		default:
			list := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
			for i := range list {
				switch rapid.IntRange(0, 2).Draw(t, "item") {
				case 0:
					list[i] = drawJSON(t, depth-1)
				case 1:
					list[i] = i
				}
			}
			object[key] = list
		}
	}
	return object
}

// A JSON text that goes through Lua comes back as encoding/json reads it, apart from large integers, which Lua cannot
// hold.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`null`, `[]`, `{}`, `{"a":[1,2.5,-0,1e400,"x",null,true,{}],"b":{"":[[]]}}`, `"\ud800é\u0000"`,
		`[null]`, `{"a":null}`, `{"1":1,"2":2}`, `{"a":1,"a":2}`, `9007199254740993`, ` [ 1 ] `, `{`, `[1,]`, "\"\xff\"", `{"a":{"b":{"c":[{"d":1}]}}}`} {
		f.Add([]byte(text), uint8(0))
	}
	v := newVM(f)
	f.Fuzz(func(t *testing.T, text []byte, touch uint8) {
		text = bytes.Clone(text)
		value, err := v.values.ToLua(engine.JSON(text))
		var want any
		if wantErr := json.Unmarshal(text, &want); (err == nil) != (wantErr == nil) {
			if wantErr != nil && strings.Contains(wantErr.Error(), "cannot unmarshal number") {
				t.Skip() // beyond float64: an infinity here
			}
			t.Fatalf("%q: error %v, encoding/json says %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		if touch&1 != 0 {
			v.values.Inspect(value)
		}
		got, err := v.values.ToGo(value)
		if err != nil {
			if strings.Contains(err.Error(), "infinite") || strings.Contains(err.Error(), "nested") {
				return
			}
			t.Fatalf("%q does not come back: %v", text, err)
		}
		g, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := json.Marshal(likeArguments(want))
		if !bytes.Equal(g, w) {
			t.Errorf("%q came back as %s, want %s", text, g, w)
		}
		// A session writes the same.
		out, ok := v.values.JSON(value)
		if !ok {
			t.Fatalf("%q cannot be written", text)
		}
		var written any
		if err := json.Unmarshal(out, &written); err != nil {
			t.Fatalf("%q is written as %q: %v", text, out, err)
		}
		if g, _ := json.Marshal(likeArguments(written)); !bytes.Equal(g, w) {
			t.Errorf("%q is written as %s, want %s", text, out, w)
		}
	})
}

// likeArguments gives numbers the form that arguments have.
func likeArguments(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, item := range value {
			out[k] = likeArguments(item)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = likeArguments(item)
		}
		return out
	case float64:
		n, err := (&values.Values{}).ToGo(glua.LNumber(value))
		if err != nil {
			return value
		}
		return n
	default:
		return value
	}
}

// A table that is detached from its document is the same table with the same values.
func TestDetachedTables(t *testing.T) {
	const items = 60
	text := `[` + strings.TrimSuffix(strings.Repeat(`{"a":1,"b":{"c":{"d":"x"},"e":[1,{"f":2}],"n":null},"pad":"`+strings.Repeat("p", 500)+`"},`, items), ",") + `]`
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "page", Sync: true, Call: func(context.Context, []any) (any, error) {
		goruntime.GC()
		return engine.JSON(text), nil
	}}}}
	out, _, err := script(t, engine.Config{Modules: []*engine.Module{host}}, `
		local kept, inner = {}, {}
		for i = 1, 80 do
			local list = host.page()
			kept[i], inner[i] = list[i % 60 + 1], list[i % 60 + 1].b.c
		end
		for i = 1, 80 do
			local o, c = kept[i], inner[i]
			assert(o.b.c == c and o.a == 1 and c.d == "x" and o.b.e[2].f == 2 and o.b.n == nil)
			c.d = i
			o.b.e[3] = "more"
			assert(o.b.c.d == i and #o.b.e == 3)
			local n = 0
			for k in pairs(o) do n = n + 1 end
			assert(n == 3)
		end
		print("right")`)
	if err != nil || out != "right\n" {
		t.Errorf("%v, printed %s", err, out)
	}
}
