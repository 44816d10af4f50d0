// Package hooks receives Crisp's web hooks.
//
//	handler, err := hooks.New(hooks.Options{
//		Secrets: []hooks.Secret{{Value: "signing secret"}},
//		Store:   store,
//	})
//
// [Handler] checks the signature of each delivery, or the secret in its URL, gives the delivery to Store, and answers 200 only
// after Store returned nil. A sender repeats a delivery that was answered in another way, so Store sees some twice.
//
// [Sign], [Verify] and [Stringify] are the signature by itself, for programs that send hooks, or receive them in another way.
package hooks
