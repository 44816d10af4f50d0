package bundle

import "strings"

// hostPrefix stands before a host module's name where Node has a module of that name too.
const hostPrefix = "crisphost:"

// nodeModules are the modules of Node, with what scripts use in their place.
var nodeModules = map[string]string{
	"assert":              "throw an error, or import a package such as assert",
	"async_hooks":         noPlace,
	"buffer":              "Uint8Array, TextEncoder, TextDecoder, atob and btoa are there; a package named buffer/ may be imported",
	"child_process":       "scripts start no programs",
	"cluster":             noPlace,
	"console":             "console is a global",
	"constants":           noPlace,
	"crypto":              "the host's module is crisphost:crypto, and the global crypto has it together with Web Crypto",
	"dgram":               "scripts have no sockets: fetch makes requests",
	"diagnostics_channel": noPlace,
	"dns":                 "scripts have no sockets: fetch makes requests",
	"domain":              noPlace,
	"events":              "EventTarget is there; a package named events/ may be imported",
	"fs":                  "the host's module files reads and writes files",
	"fs/promises":         "the host's module files reads and writes files",
	"http":                "fetch makes requests",
	"http2":               "fetch makes requests",
	"https":               "fetch makes requests",
	"inspector":           noPlace,
	"module":              noPlace,
	"net":                 "scripts have no sockets: fetch makes requests",
	"os":                  "scripts see nothing of the machine; env has the variables that @env names",
	"path":                "paths are texts with slashes; a package such as path-browserify may be imported",
	"perf_hooks":          "performance is a global",
	"process":             "env has the variables that @env names, and args the arguments",
	"punycode":            "a package named punycode/ may be imported",
	"querystring":         "URLSearchParams is a global",
	"readline":            "files.read(\"-\") reads standard input",
	"repl":                noPlace,
	"stream":              "for await walks what each answers; files and csv read and write",
	"string_decoder":      "TextDecoder is a global",
	"sys":                 noPlace,
	"test":                noPlace,
	"timers":              "setTimeout and its like are globals",
	"timers/promises":     "the host's module time has sleep",
	"tls":                 "scripts have no sockets: fetch makes requests",
	"tty":                 noPlace,
	"url":                 "URL and URLSearchParams are globals",
	"util":                "console.log shows values; structuredClone and TextEncoder are globals",
	"v8":                  noPlace,
	"vm":                  noPlace,
	"wasi":                noPlace,
	"worker_threads":      "map and parallel make calls side by side",
	"zlib":                noPlace,
}

const noPlace = "scripts have nothing in its place"

// nodeHint tells what to use in place of a module of Node, or of a package that the host replaces.
func (b *bundle) nodeHint(name string) (text, hint string, ok bool) {
	if name == "crisp-api" && b.modules["crisp"] != "" {
		return `"crisp-api" is not installed, and not needed`, "the global crisp makes the API's calls: await crisp.conversations.list()", true
	}
	bare := strings.TrimPrefix(name, "node:")
	hint = nodeModules[bare]
	if hint == "" {
		return "", "", false
	}
	for module, file := range map[string]string{"files": "host's module files", "time": "host's module time", "env": "env has", "crypto": hostPrefix} {
		if strings.Contains(hint, file) && b.modules[hostPrefix+module] == "" {
			hint = noPlace // this host does not have the module
		}
	}
	return "\"" + name + "\" belongs to Node: scripts run in an engine of their own", hint, true
}
