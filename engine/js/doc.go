// Package js runs JavaScript and TypeScript programs: esbuild translates and bundles them, goja runs them, and an event
// loop of this package drives their promises and timers.
//
// A program is one file with everything that it imports below its source root. It may use top-level await, ES modules,
// CommonJS, JSON imports, npm packages that need neither Node nor a browser, and the host's modules, which are globals too.
// Host functions return promises unless they are declared synchronous. The run lasts until nothing is pending any more; a
// rejection that nobody handles fails it.
//
// Not available: Intl and the locale arguments of toLocaleString, property escapes such as \p{L} in regular expressions (goja
// matches them wrongly), dynamic import of a computed name, SharedArrayBuffer, Atomics and Node's own modules.
package js
