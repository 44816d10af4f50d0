// Package sandbox is a local server that behaves like Crisp's REST API, filled with the inbox of a small invented
// company.
//
//	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, People: 12})
//	...
//	defer server.Close()
//	client, err := crisp.New(crisp.WithBaseURL(server.URL()), crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
//	...
//	stats, err := client.People.Stats.Get(ctx, sandbox.WebsiteID)
//
// Everything that it holds is made from a seed: the same seed and clock give the same ids, texts and times, byte for
// byte. Records are generated when they are first asked for, so that a sandbox of 100,000 conversations starts at once
// and only what is written stays in memory.
//
// What happens is sent as an event, over the RTM socket that discovery names and to web hooks (see Server.SetHooks).
// Server.Emit makes an event happen. Programs in other processes do both by routes below /sandbox/, from loopback:
// POST /sandbox/events takes {event, website_id, data}, and PUT /sandbox/hooks a list of hooks. With Config.Live visitors
// and operators do something by themselves. Files are uploaded to addresses that come as events, and stay in memory.
//
// Requests are checked against the description in package spec, and answers keep to it. Where no public material says
// how Crisp answers, a comment beside the code says that the behaviour is a guess.
package sandbox

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/websites"
)

// The credentials and the website that every sandbox knows. They work for all three token tiers.
const (
	Identifier = "sandbox"
	Key        = "sandbox"
	WebsiteID  = "11111111-1111-4111-8111-111111111111"

	// PluginID is the plugin that tokens of the tier plugin belong to. The website has it installed.
	PluginID = plugins.ID

	// Password is the account's password, which deleting a website and inviting an operator ask for.
	Password = websites.Password
)
