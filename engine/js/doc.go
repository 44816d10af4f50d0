// Package js runs JavaScript and TypeScript programs: esbuild translates and bundles them, goja runs them, and an event
// loop of this package drives their promises and timers.
//
//	eng, err := engine.New(js.Language)
//	n, err := engine.Eval[int](ctx, eng, "count.ts", `export default ["a", "b"].length as number`)
//
// A program is one file with everything that it imports below its source root. It may use top-level await, ES modules,
// CommonJS, JSON imports, npm packages that need neither Node nor a browser, and the host's modules, which are globals too.
// Host functions return promises unless they are declared synchronous. A program that certainly takes such a promise for the result, as
// in demo.list().length, does not compile; one that does so in other ways fails there with a TypeError. The run lasts until nothing is pending any more; a
// rejection that nobody handles fails it.
//
// Not available: Intl.Segmenter, Intl.DisplayNames and languages that Intl has no tables for, property escapes such as \p{L} and the
// flag v in regular expressions (goja matches the former wrongly), iterator helpers, WeakRef, FinalizationRegistry,
// SharedArrayBuffer, Atomics, import of files by a computed name, and Node's own modules. One match of a regular expression may
// backtrack for two seconds, and the strings that repeat, padStart and padEnd make are bounded, because nothing stops these
// operations. Other built-in operations on huge arrays, such as new Array(1e9).fill(0), run to their end before a stop takes effect.
package js
