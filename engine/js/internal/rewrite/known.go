package rewrite

// syncGlobal tells the functions of the language and the web that give no promise.
func syncGlobal(name string) bool {
	switch name {
	case "Array", "BigInt", "Boolean", "Date", "Error", "Number", "Object", "RangeError", "RegExp", "String", "Symbol", "SyntaxError", "TypeError",
		"atob", "btoa", "clearImmediate", "clearInterval", "clearTimeout", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape",
		"isFinite", "isNaN", "parseFloat", "parseInt", "queueMicrotask", "require", "setImmediate", "setInterval", "setTimeout", "structuredClone",
		"unescape":
		return true
	}
	return false
}

// syncNamespace tells the objects of the language whose functions give no promise.
func syncNamespace(name string) bool {
	switch name {
	case "Array", "BigInt", "Date", "Intl", "JSON", "Map", "Math", "Number", "Object", "Reflect", "RegExp", "String", "Symbol", "URL", "console", "performance":
		return true
	}
	return false
}

// syncMethod reports whether a name is that of a method of strings, arrays and so on, and of little else. Names that hosts like to
// use as well (get, find, search) do not count: to await what is no promise does no harm.
func syncMethod(name string) bool {
	switch name {
	case "at", "charAt", "charCodeAt", "codePointAt", "concat", "copyWithin", "endsWith", "entries", "every", "exec", "fill", "filter", "findIndex",
		"findLast", "findLastIndex", "flat", "flatMap", "forEach", "getDate", "getDay", "getFullYear", "getHours", "getMilliseconds", "getMinutes",
		"getMonth", "getSeconds", "getTime", "getTimezoneOffset", "getUTCDate", "getUTCDay", "getUTCFullYear", "getUTCHours", "getUTCMinutes",
		"getUTCMonth", "getUTCSeconds", "hasOwnProperty", "includes", "indexOf", "isPrototypeOf", "join", "keys", "lastIndexOf", "localeCompare", "map",
		"match", "matchAll", "normalize", "padEnd", "padStart", "pop", "push", "reduce", "reduceRight", "repeat", "replace", "replaceAll", "reverse",
		"setDate", "setFullYear", "setHours", "setMilliseconds", "setMinutes", "setMonth", "setSeconds", "setTime", "shift", "slice", "some", "sort",
		"splice", "split", "startsWith", "substr", "substring", "toExponential", "toFixed", "toISOString", "toJSON", "toLocaleDateString",
		"toLocaleLowerCase", "toLocaleString", "toLocaleTimeString", "toLocaleUpperCase", "toLowerCase", "toPrecision", "toReversed", "toSorted",
		"toSpliced", "toString", "toUpperCase", "trim", "trimEnd", "trimStart", "unshift", "valueOf", "values", "with":
		return true
	}
	return false
}
