// Package hooks receives Crisp's web hooks.
//
//	signature := hooks.Sign("signing secret", "1796083200000", body)
//
// [Sign], [Verify] and [Stringify] are the signature by itself, for programs that receive or send hooks in another way.
package hooks
