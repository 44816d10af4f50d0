package interop

var pluginCases = []wireCase{
	{op: "website.connect.endpoints.get", method: "getConnectEndpoints"},
	{op: "plugin.connect.account.get", method: "plugin.getConnectAccount"},
	{op: "plugin.connect.session.exists", method: "plugin.checkConnectSessionValidity"},
	{
		op: "plugin.connect.websites.list", method: "plugin.listAllConnectWebsites", extra: []any{true, true},
		query: object{"filter_configured": true, "include_plan": true},
	},
	{
		op: "plugin.connect.websites.since.list", method: "plugin.listConnectWebsitesSince",
		extra: []any{"2026-01-31T00:00:00.000Z", true, true},
		query: object{"date_since": "2026-01-31T00:00:00Z", "filter_configured": true, "include_plan": true},
	},
	{op: "plugin.connect.endpoints.get", method: "plugin.getConnectEndpoints"},
	{op: "plugin.subscription.list", method: "plugin.listAllActiveSubscriptions"},
	{op: "plugin.subscription.website.list", method: "plugin.listSubscriptionsForWebsite"},
	{op: "plugin.subscription.get", method: "plugin.getSubscriptionDetails"},
	{
		op: "plugin.subscription.subscribe", method: "plugin.subscribeWebsiteToPlugin", extra: []any{pathValues["plugin_id"]},
		body: object{"plugin_id": pathValues["plugin_id"]},
	},
	{op: "plugin.subscription.unsubscribe", method: "plugin.unsubscribePluginFromWebsite"},
	withBody("plugin.subscription.channel.forward", "plugin.forwardPluginPayloadToChannel", object{
		"namespace": "sync", "identifier": "a", "payload": object{"n": 1.5},
	}),
	withBody("plugin.subscription.event.dispatch", "plugin.dispatchPluginEvent", object{
		"name": "order:paid", "data": object{"total": 12.5},
	}),
	{op: "plugin.subscription.settings.get", method: "plugin.getSubscriptionSettings"},
	withBody("plugin.subscription.settings.save", "plugin.saveSubscriptionSettings", object{"greeting": "<Hello>"}),
	withBody("plugin.subscription.settings.update", "plugin.updateSubscriptionSettings", object{"greeting": nil}),
}

var fileCases = []wireCase{
	withBody("bucket.url.generate", "bucket.generateBucketURL", object{
		"namespace": "upload", "id": "a <b>", "file": object{"name": "a.png", "type": "image/png"},
		"resource": object{"type": "website", "id": websiteID},
	}),
	{
		op: "media.animation.list", method: "media.listAnimationMedias", path: map[string]string{"page": "2"},
		extra: []any{7, "cats & dogs"}, query: object{"list_id": 7, "search_query": "cats & dogs"},
	},
}
