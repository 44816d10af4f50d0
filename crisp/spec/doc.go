// Package spec describes Crisp's REST API and its events as data.
//
//	op := spec.ByCall("people.get")
//	fmt.Println(op.Method, op.Path, op.Effect)
//	op, params, _ := spec.Match("GET", "website/w1/people/profile/ada@example.com")
//	event := spec.FindEvent("message:send")
//
// The source is the OpenAPI description in openapi/; `go generate ./...` turns it into the tables of this
// package and into the types and services of package crisp. Nothing is parsed when a program starts: the tables are static
// data. Facts about Crisp that no public material establishes are marked as guesses in the description.
package spec

//go:generate go run ../../internal/specgen
