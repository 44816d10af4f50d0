package lua

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/internal/nearest"
)

// substitute says what to write in place of something that scripts look for in vain.
type substitute struct {
	// module is the host module that the text is about, or empty. The text counts only where the host has it.
	module, text string
}

// missingGlobals are names that other hosts of Lua, later versions and other languages have.
var missingGlobals = map[string][]substitute{
	"io": {
		{"files", "io is not here: files.read(path), files.lines(path), files.write(path, text), files.append(path, text); print writes to standard output"},
		{"", "io is not here: print writes to standard output"},
	},
	"debug":     {{"log", "debug is not here: an error that nobody catches shows its trace, and log.error(err) writes that of a caught one"}, {"", "debug is not here: an error that nobody catches shows its trace"}},
	"bit":       {{"", textBits}},
	"bit32":     {{"", textBits}},
	"package":   {{"", `package is not here: require("name") finds name.lua beside the script`}},
	"dofile":    {{"", `dofile is not here: require("name") runs name.lua beside the script, once`}},
	"loadfile":  {{"", `loadfile is not here: require("name") runs name.lua beside the script, once`}},
	"sleep":     {{"time", `write time.sleep("2s")`}},
	"wait":      {{"time", `write time.sleep("2s")`}},
	"continue":  {{"", "Lua has no continue: write goto continue, and ::continue:: before the end of the loop"}},
	"printf":    {{"", "write print(string.format(...))"}},
	"console":   {{"", "print(...) writes to standard output"}},
	"null":      {{"json", "write nil, or json.null for a null in JSON"}, {"", "write nil"}},
	"undefined": {{"", "write nil"}},
	"typeof":    {{"", "write type(value)"}},
	"len":       {{"", "write #value"}},
	"throw":     {{"", "write error(value)"}},
	"try":       {{"", "write local ok, err = pcall(function() ... end)"}},
	"import":    {{"", `write local name = require("name")`}},
	"include":   {{"", `write local name = require("name")`}},
	"JSON":      {{"json", "write json.encode(value) and json.decode(text)"}},
	"cjson":     {{"json", "write json.encode(value) and json.decode(text)"}},
	"lfs":       {{"files", "files.read, files.write, files.exists and files.mkdir are the way here"}},
	"Date":      {{"time", "write time.now(), time.parse(text) and time.format(ms, format)"}},
	"http":      {{"", "write fetch(url, { method = ..., headers = ..., body = ... })"}},
	"socket":    {{"", "scripts in Lua reach the network by fetch(url, options) only"}},
}

const textBits = "Lua 5.1 has no bit operations: a << n is a * 2^n, a >> n is math.floor(a / 2^n), and bit n of a is math.floor(a / 2^n) % 2"

// missingMembers are members of libraries that scripts look for in vain. Those of string are looked for as methods of strings too.
var missingMembers = map[string][]substitute{
	"os.getenv":          {{"env", `write env.get("NAME"); the host allows each variable: --env NAME, or @env NAME in the script's header`}, {"", "scripts see no environment"}},
	"os.exit":            {{"", "return at the top level ends the script, and error(message, 0) makes it fail"}},
	"os.execute":         {{"", "scripts start no programs"}},
	"os.remove":          {{"files", "scripts remove no files: files.write(path, text) replaces one"}, {"", "scripts remove no files"}},
	"os.rename":          {{"files", "scripts rename no files: write it anew with files.write(path, text)"}, {"", "scripts rename no files"}},
	"os.tmpname":         {{"files", `choose a name below the working directory, such as "out/part.csv"`}},
	"os.setlocale":       {{"", "texts and numbers are the same in every locale"}},
	"math.type":          {{"", "all numbers are of one kind: x == math.floor(x) reports whether one is whole"}},
	"math.tointeger":     {{"", "all numbers are of one kind: math.floor(x)"}},
	"table.move":         {{"", "write a loop: for i = first, last do to[at + i - first] = from[i] end"}},
	"table.foreach":      {{"", "write for key, value in pairs(t) do ... end"}},
	"table.foreachi":     {{"", "write for i, value in ipairs(t) do ... end"}},
	"table.contains":     {{"", "write a loop, or keep a table of names: t[name] = true"}},
	"string.gfind":       {{"", "write string.gmatch(text, pattern)"}},
	"string.pack":        {{"", "string.char and string.byte make and read single bytes"}},
	"string.unpack":      {{"", "string.char and string.byte make and read single bytes"}},
	"string.split":       {{"", `write for part in text:gmatch("[^,]+") do ... end`}},
	"string.trim":        {{"", `write text:match("^%s*(.-)%s*$")`}},
	"string.startswith":  {{"", "write text:sub(1, #prefix) == prefix"}},
	"string.starts_with": {{"", "write text:sub(1, #prefix) == prefix"}},
	"string.endswith":    {{"", "write text:sub(-#suffix) == suffix"}},
	"string.ends_with":   {{"", "write text:sub(-#suffix) == suffix"}},
	"string.contains":    {{"", "write text:find(part, 1, true) ~= nil"}},
	"string.includes":    {{"", "write text:find(part, 1, true) ~= nil"}},
	"string.replace":     {{"", "write text:gsub(pattern, replacement), where % before a sign takes it as it is"}},
	"string.length":      {{"", "write #text, or utf8.len(text) for letters"}},
	"string.join":        {{"", "write table.concat(list, separator)"}},
	"utf8.sub":           {{"", "write text:sub(utf8.offset(text, i), utf8.offset(text, j + 1) - 1)"}},
	"utf8.upper":         {{"", "string.upper changes letters of all alphabets"}},
	"utf8.lower":         {{"", "string.lower changes letters of all alphabets"}},
	"coroutine.close":    {{"", "a coroutine that nobody resumes needs no end"}},
}

// tableMethods are functions of table that other languages have as methods of lists.
var tableMethods = map[string]string{
	"insert": "table.insert(t, value)", "push": "table.insert(t, value)", "append": "table.insert(t, value)",
	"remove": "table.remove(t, i)", "pop": "table.remove(t)", "shift": "table.remove(t, 1)", "sort": "table.sort(t)",
	"concat": "table.concat(t, separator)", "join": "table.concat(t, separator)", "unpack": "unpack(t)",
	"map": "map(t, fn)", "forEach": "for i, value in ipairs(t) do ... end",
}

// wrongName matches what an error says of the value that is nil.
var wrongName = regexp.MustCompile(`^ \((global|field|method) '([^']*)'\)$`)

// missingHint is the hint for a name of which an error says that it is nothing, in a line of a script.
func (v *vm) missingHint(what, line string) string {
	found := wrongName.FindStringSubmatch(what)
	if found == nil {
		return ""
	}
	kind, name := found[1], found[2]
	switch kind {
	case "global":
		return cmp.Or(v.substitute(missingGlobals[name]), naming.EventHint(name))
	case "field":
		if hint := v.libraryHint(name, line); hint != "" {
			return hint
		}
	case "method":
		if hint := v.substitute(missingMembers["string."+name]); hint != "" {
			return hint
		}
	}
	if better := tableMethods[name]; better != "" && !strings.Contains(line, "table."+name) {
		return "tables have no such method: write " + better
	}
	return ""
}

// libraryHint is the hint for a field of a library that is named in a line.
func (v *vm) libraryHint(name, line string) string {
	for _, lib := range libraries() {
		if lib.Name == "" || !strings.Contains(line, lib.Name+"."+name) {
			continue
		}
		if hint := v.substitute(missingMembers[lib.Name+"."+name]); hint != "" {
			return hint
		}
		if near := nearest.To(name, lib.Names()); near != "" {
			return "did you mean " + lib.Name + "." + near + "?"
		}
		names := lib.Names()
		slices.Sort(names)
		return lib.Name + " has " + strings.Join(names, ", ")
	}
	return ""
}

// substitute is the first text that holds on this host.
func (v *vm) substitute(list []substitute) string { return firstSubstitute(list, v.hasModule) }

func firstSubstitute(list []substitute, hasModule func(name string) bool) string {
	for _, s := range list {
		if s.module == "" || hasModule(s.module) {
			return s.text
		}
	}
	return ""
}

// requireHint is the hint for the name of a library that is not here.
func requireHint(name string, hasModule func(name string) bool) string {
	list := missingGlobals[name]
	switch name {
	case "dkjson", "rapidjson", "lunajson":
		list = missingGlobals["cjson"]
	case "socket.http", "ssl.https", "http.request", "resty.http":
		list = missingGlobals["http"]
	}
	return firstSubstitute(list, hasModule)
}

// withRequireHint adds the hint to the error of a compilation.
func withRequireHint(err error, modules []string) error {
	var e *engine.Error
	var missing *program.MissingError
	if errors.As(err, &e) && errors.As(err, &missing) && e.Hint == "" {
		e.Hint = requireHint(missing.Name, func(name string) bool { return slices.Contains(modules, name) })
	}
	return err
}

func (v *vm) hasModule(name string) bool {
	for _, m := range v.cfg.Modules {
		if m.Name == name {
			return true
		}
	}
	return false
}
