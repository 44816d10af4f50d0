package console_test

import "github.com/crisphost/crisphost/scripts/console"

const token = "correct horse battery staple"

// withToken configures a console that other machines can reach.
func withToken(o *console.Options) { o.Addr, o.Token = "0.0.0.0:8686", token }
