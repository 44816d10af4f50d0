// Package crisp is a client for Crisp's REST API.
//
//	client, err := crisp.New(crisp.WithCredentials(identifier, key), crisp.WithTier(spec.TierWebsite))
//	for conversation, err := range client.Conversations.List(ctx, websiteID, nil) { ... }
package crisp
