package main

// factory is what commands take from the process. Options structs copy the parts that their commands need.
type factory struct {
	io      *stdio
	env     env
	keyring secretStore
	hangups *hangups
	// abort ends the process with the exit code of an error, which it reports unless that was done.
	abort func(error)
}
