// Package apitest keeps a list of what the module exports, one file per package in testdata. Its test compares it with the
// source, so that a change of the API shows as one. To rewrite the list:
//
//	go test ./internal/apitest -update
package apitest
