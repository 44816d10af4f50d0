// Package valuepath bounds how deep values are nested, and names places in them.
package valuepath

import "strings"

// MaxDepth is how deep arrays and objects may be nested in a value that passes between a script and the host.
const MaxDepth = 500

// TooDeep is what errors say of a value that is nested deeper.
const TooDeep = "is nested more than 500 levels deep"

// Cut takes the middle out of a path that is too long to read. Its end tells where the problem is.
func Cut(path string) string {
	const kept = 60 // at either end
	if len(path) <= 2*kept+len("…") {
		return path
	}
	return strings.ToValidUTF8(path[:kept], "") + "…" + strings.ToValidUTF8(path[len(path)-kept:], "")
}
