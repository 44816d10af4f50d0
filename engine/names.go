package engine

import "slices"

// jsKeywords cannot be names of variables in JavaScript and TypeScript modules. Those of Lua are not in the list.
var jsKeywords = []string{
	"arguments", "await", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "enum",
	"eval", "export", "extends", "finally", "implements", "import", "instanceof", "interface", "let", "new", "null",
	"package", "private", "protected", "public", "static", "super", "switch", "this", "throw", "try", "typeof",
	"undefined", "var", "void", "with", "yield",
}

// luaKeywords cannot be written behind a dot in Lua. JavaScript has no such names.
var luaKeywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
	"not", "or", "repeat", "return", "then", "true", "until", "while",
}

// luaGlobals are the globals of Lua scripts. A module of such a name would take their place.
var luaGlobals = []string{
	"_G", "_VERSION", "assert", "collectgarbage", "coroutine", "error", "fetch", "getfenv", "getmetatable", "inspect",
	"ipairs", "load", "loadstring", "map", "math", "next", "os", "pairs", "parallel", "pcall", "print", "rawequal",
	"rawget", "rawlen", "rawset", "require", "retry", "select", "setfenv", "setmetatable", "string", "table", "tonumber",
	"tostring", "type", "unpack", "utf8", "xpcall",
}

// jsGlobals are the globals of JavaScript scripts, apart from crypto: the members of a module of that name stand beside
// those of Web Crypto.
var jsGlobals = []string{
	"AbortController", "AbortSignal", "AggregateError", "Array", "ArrayBuffer", "BigInt", "BigInt64Array",
	"BigUint64Array", "Boolean", "DOMException", "DataView", "Date", "Error", "EvalError", "Event", "EventTarget",
	"Float32Array", "Float64Array", "Function", "GoError", "Headers", "Infinity", "Int16Array", "Int32Array", "Int8Array", "Intl",
	"JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "ReferenceError", "Reflect",
	"RegExp", "Request", "Response", "Set", "String", "Symbol", "SyntaxError", "TextDecoder", "TextEncoder",
	"TypeError", "URIError", "URL", "URLSearchParams", "Uint16Array", "Uint32Array", "Uint8Array",
	"Uint8ClampedArray", "WeakMap", "WeakRef", "WeakSet", "atob", "btoa", "clearImmediate", "clearInterval",
	"clearTimeout", "console", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape",
	"exports", "fetch", "globalThis", "isFinite", "isNaN", "map", "module", "parallel", "parseFloat", "parseInt",
	"performance", "queueMicrotask", "require", "retry", "setImmediate", "setInterval", "setTimeout", "structuredClone",
	"unescape",
}

// isIdentifier reports whether both languages can write a name: ASCII letters, digits and underscores.
func isIdentifier(name string) bool {
	for i, r := range name {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case '0' <= r && r <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != "" && !slices.Contains(luaKeywords, name)
}
