// Package console is the web page of a host: its scripts, their runs with live logs, and the buttons to run, pause, resume and
// cancel. It is rendered on the server, so that it is readable without JavaScript; with it, pages keep themselves up to date.
//
//	c, err := console.New(backend, console.Options{Addr: "127.0.0.1:8686"})
//	...
//	server := &http.Server{Handler: c}
//	server.RegisterOnShutdown(c.Close)
//
// On a loopback address it needs no login, and answers only to names of the machine itself, so that a website cannot reach it
// through a name of its own (DNS rebinding). On any other address it needs a token.
package console
