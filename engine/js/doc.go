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
// Not available: the operations on classes that the flag v of regular expressions adds, WeakRef, FinalizationRegistry,
// SharedArrayBuffer, Atomics, import of files by a computed name, and Node's own modules. Nothing stops one operation of goja's, so
// what one may make is bounded: BigInts at 2^22 bits, texts of repeat, padStart, padEnd and +=, lengths of arrays and buffers, lists
// of arguments, and a match of a regular expression at two seconds of backtracking. Code that eval or Function compiles cannot use
// *, **, << and >> beside BigInts. Other operations on huge arrays, such as a.indexOf(1) with a length of 2^32, run to their end
// before a stop takes effect.
package js
