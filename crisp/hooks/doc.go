// Package hooks receives Crisp's web hooks.
//
// [Sign], [Verify] and [Stringify] are the signature by itself, for programs that receive or send hooks in another way.
package hooks
