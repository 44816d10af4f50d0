// Package limits stops scripts: those whose context has ended, and those that take too much memory. It is what the runtimes
// share, and not for embedders.
package limits
