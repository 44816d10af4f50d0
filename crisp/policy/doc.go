// Package policy lets a function decide on the requests of a client, whatever makes them: raw paths, calls of other clients and
// typed services alike. It tells which operation of the API a request is.
//
//	transport := &policy.Transport{Base: crisp.NewTransport(), BaseURL: url, Decide: decide}
//	client, err := crisp.New(crisp.WithTransport(transport), crisp.WithBaseURL(url),
//		crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
//
// What scripts call is decided on before, by the gates of package engine.
package policy
