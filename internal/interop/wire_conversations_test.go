package interop

var (
	author = object{"type": "website", "user_id": userID, "nickname": "Ada", "avatar": "https://acme.example/ada.png"}

	searchFilter = []any{object{"model": "session", "criterion": "segments", "operator": "eq", "query": []any{"vip", "prêt à porter"}}}
)

var conversationCases = []wireCase{
	{op: "website.conversations.list", method: "listConversations"},
	{
		op: "website.conversations.list text", method: "listConversations",
		extra: []any{object{
			"search_query": "refund & return? 100% *now* ~ é", "search_type": "text", "per_page": 50,
			"include_empty": 1, "filter_unread": 1, "filter_resolved": 0, "order_date_waiting": 1,
		}},
		query: object{
			"search_query": "refund & return? 100% *now* ~ é", "search_type": "text", "per_page": 50,
			"include_empty": true, "filter_unread": true, "filter_resolved": false, "order_date_waiting": true,
		},
	},
	{
		op: "website.conversations.list filter", method: "listConversations",
		extra: []any{object{
			"search_query": searchFilter, "search_type": "filter", "search_operator": "and", "filter_inbox_id": inboxID,
			"filter_not_resolved": 1, "filter_mention": 1, "filter_unassigned": 1, "order_date_created": 1, "order_date_updated": 1,
		}},
		query: object{
			"search_query": searchFilter, "search_type": "filter", "search_operator": "and", "filter_inbox_id": inboxID,
			"filter_not_resolved": true, "filter_mention": true, "filter_unassigned": true, "order_date_created": true, "order_date_updated": true,
		},
	},
	{
		op: "website.conversations.list dates", method: "listConversations",
		extra: []any{object{
			"filter_assigned": userID, "filter_date_start": "2026-01-31T00:00:00Z", "filter_date_end": "2026-02-28T23:59:59Z", "filter_mention": nil,
		}},
		query: object{
			"filter_assigned": userID, "filter_date_start": "2026-01-31T00:00:00Z", "filter_date_end": "2026-02-28T23:59:59Z", "filter_mention": nil,
		},
	},
	{op: "website.conversations.suggest.segments.list", method: "listSuggestedConversationSegments"},
	{
		op: "website.conversations.suggest.segment.delete", method: "deleteSuggestedConversationSegment",
		extra: []any{"vip"}, body: object{"segment": "vip"},
	},
	{op: "website.conversations.suggest.data.list", method: "listSuggestedConversationDataKeys"},
	{op: "website.conversations.suggest.data.delete", method: "deleteSuggestedConversationDataKey", extra: []any{"plan"}, body: object{"key": "plan"}},
	{op: "website.conversations.spams.list", method: "listSpamConversations"},
	{op: "website.conversations.spam.content.resolve", method: "resolveSpamConversationContent"},
	{
		op: "website.conversations.spam.decision.submit", method: "submitSpamConversationDecision",
		extra: []any{"reject"}, body: object{"action": "reject"},
	},
	{op: "website.conversation.create", method: "createNewConversation"},
	{op: "website.conversation.exists", method: "checkConversationExists"},
	{op: "website.conversation.get", method: "getConversation"},
	{op: "website.conversation.delete", method: "removeConversation"},
	{op: "website.conversation.initiate", method: "initiateConversationWithExistingSession"},
	{op: "website.conversation.open.update", method: "updateConversationOpenState", extra: []any{true}, body: object{"opened": true}},
	{op: "website.conversation.routing.get", method: "getConversationRoutingAssign"},
	withBody("website.conversation.routing.assign", "assignConversationRouting", object{"assigned": object{"user_id": userID}, "silent": true}),
	withBody("website.conversation.routing.assign nobody", "assignConversationRouting", object{"assigned": nil}),
	{op: "website.conversation.inbox.update", method: "updateConversationInbox", extra: []any{inboxID}, body: object{"inbox_id": inboxID}},
	{op: "website.conversation.inbox.update main", method: "updateConversationInbox", extra: []any{nil}, body: object{"inbox_id": nil}},
	{op: "website.conversation.meta.get", method: "getConversationMetas"},
	withBody("website.conversation.meta.update", "updateConversationMetas", object{
		"nickname": "Zoë \u2028 \"quoted\"", "email": "zoe@example.com", "phone": "+3312345678", "address": "1 rue de l'Été",
		"segments": []any{"vip", "<b>"}, "data": object{"orders": 12, "ratio": 0.5, "member": true, "plan": "pro"},
	}),
	{op: "website.conversation.original.get", method: "getOriginalMessageInConversation"},
	{op: "website.conversation.pages.list", method: "listConversationPages"},
	{op: "website.conversation.events.list", method: "listConversationEvents"},
	{op: "website.conversation.files.list", method: "listConversationFiles"},
	{op: "website.conversation.state.get", method: "getConversationState"},
	{
		op: "website.conversation.state.change", method: "changeConversationState",
		extra: []any{"resolved", author, pluginURN}, body: object{"state": "resolved", "user": author, "origin": pluginURN},
	},
	{op: "website.conversation.relations.get", method: "getConversationRelations"},
	{op: "website.conversation.participants.get", method: "getConversationParticipants"},
	withBody("website.conversation.participants.save", "saveConversationParticipants", object{
		"participants": []any{object{"type": "email", "target": "bob@example.com"}}, "origin": "email",
	}),
	{op: "website.conversation.block.get", method: "getBlockStatusForConversation"},
	{
		op: "website.conversation.block", method: "blockIncomingMessagesForConversation",
		extra: []any{true, author, "chat"}, body: object{"blocked": true, "user": author, "origin": "chat"},
	},
	{op: "website.conversation.verify.get", method: "getVerifyStatusForConversation"},
	{op: "website.conversation.verify.update", method: "updateVerifyStatusForConversation", extra: []any{true}, body: object{"verified": true}},
	withBody("website.conversation.verify.identity.request", "requestIdentityVerificationForConversation", object{
		"identity": "email", "method": "link", "recipient": "zoe@example.com",
	}),
	withBody("website.conversation.verify.identity.link.redeem", "redeemIdentityVerificationLinkForConversation", object{
		"identity": "email", "token": "123456", "recipient": "zoe@example.com",
	}),
	{
		op: "website.conversation.transcript.request", method: "requestEmailTranscriptForConversation",
		extra: []any{"operator", "boss@acme.example"}, body: object{"to": "operator", "email": "boss@acme.example"},
	},
	{op: "website.conversation.purge.request", method: "requestChatboxBindingPurgeForConversation"},
	{op: "website.conversation.feedback.request", method: "requestUserFeedbackForConversation"},
	{
		op: "website.conversation.reminder.schedule", method: "scheduleReminderForConversation",
		extra: []any{"2027-01-02T03:04:05Z", "call back", author, "chat"},
		body:  object{"date": "2027-01-02T03:04:05Z", "note": "call back", "user": author, "origin": "chat"},
	},
	{op: "website.conversation.report", method: "reportConversation", extra: []any{"spam"}, body: object{"flag": "spam"}},
}

var messageCases = []wireCase{
	{op: "website.conversation.messages.list", method: "getMessagesInConversation"},
	{
		op: "website.conversation.messages.list before", method: "getMessagesInConversation",
		extra: []any{1767225600123, nil, nil}, query: object{"timestamp_before": int64(1767225600123)},
	},
	{
		op: "website.conversation.messages.list after", method: "getMessagesInConversation",
		extra: []any{nil, 1767225600123, 1767225600124},
		query: object{"timestamp_after": int64(1767225600123), "timestamp_around": int64(1767225600124)},
	},
	message("text", "Bonjour <b>toi</b> 👋\n& \"fin\"", object{
		"fingerprint": 524653764345, "user": author, "timestamp": 1767225600123, "stealth": true, "translated": true, "automated": false,
		"references": []any{object{"type": "link", "name": "FAQ", "target": "https://acme.example/faq"}},
		"original":   object{"original_id": "88888888-8888-4888-8888-888888888888"},
		"properties": object{"ticket": "T-1", "score": 3, "hot": true},
	}),
	message("note", "ask @Ada", object{"mentions": []any{userID}}),
	message("file", object{"name": "a b.pdf", "url": "https://acme.example/a%20b.pdf", "type": "application/pdf"}, nil),
	message("animation", object{"url": "https://acme.example/a.gif", "type": "image/gif"}, nil),
	message("audio", object{"url": "https://acme.example/a.mp3", "type": "audio/mpeg", "duration": 12}, nil),
	message("picker", object{
		"id": "size", "text": "Which size?", "required": true,
		"choices": []any{object{"value": "s", "label": "Small", "selected": false}, object{"value": "l", "label": "Large", "selected": true}},
	}, nil),
	message("field", object{"id": "mail", "text": "Your email?", "explain": "name@example.com", "required": false}, nil),
	message("carousel", object{"text": "Offers", "targets": []any{object{
		"title": "Lamp", "description": "Bright", "actions": []any{object{"label": "Buy", "url": "https://acme.example/lamp"}},
	}}}, nil),
	message("event", object{"namespace": "state:resolved", "text": ""}, nil),
	{op: "website.conversation.message.get", method: "getMessageInConversation"},
	{op: "website.conversation.message.update", method: "updateMessageInConversation", extra: []any{"better"}, body: object{"content": "better"}},
	{op: "website.conversation.message.delete", method: "removeMessageInConversation", path: map[string]string{"fingerprint": "-333"}},
	withBody("website.conversation.compose", "composeMessageInConversation", object{"type": "start", "from": "operator", "excerpt": "Hel", "stealth": false}),
	withBody("website.conversation.read.mark", "markMessagesReadInConversation", object{"from": "user", "origin": "chat", "fingerprints": []any{1, 524653764345}}),
	withBody("website.conversation.unread.mark", "markConversationAsUnread", object{"from": "user"}),
	withBody("website.conversation.delivered.mark", "markMessagesDeliveredInConversation", object{
		"from": "operator", "origin": "email", "fingerprints": []any{524653764345},
	}),
}

// message is a case that sends a message of a type, with further fields.
func message(kind string, content any, more object) wireCase {
	body := object{"type": kind, "from": "operator", "origin": "chat", "content": content}
	for name, value := range more {
		body[name] = value
	}
	return withBody("website.conversation.message.send "+kind, "sendMessageInConversation", body)
}

var widgetData = object{"email": "zoe@example.com"}

var liveCases = []wireCase{
	{op: "website.conversation.browsing.list", method: "listBrowsingSessionsForConversation"},
	{op: "website.conversation.browsing.initiate", method: "initiateBrowsingSessionForConversation"},
	{op: "website.conversation.browsing.send", method: "sendActionToExistingBrowsingSession", extra: []any{"start"}, body: object{"action": "start"}},
	withBody("website.conversation.browsing.assist", "assistExistingBrowsingSession", object{"action": "mouse", "mouse": object{"x": 10, "y": 20.5}}),
	{
		op: "website.conversation.call.initiate", method: "initiateNewCallSessionForConversation",
		extra: []any{"video", author, "chat"}, body: object{"mode": "video", "user": author, "origin": "chat"},
	},
	{op: "website.conversation.call.get", method: "getOngoingCallSessionForConversation"},
	{
		op: "website.conversation.call.abort", method: "abortOngoingCallSessionForConversation",
		extra: []any{author, "chat"}, body: object{"user": author, "origin": "chat"},
	},
	withBody("website.conversation.call.transmit", "transmitSignalingOnOngoingCallSession", object{"type": "sdp", "payload": object{"sdp": "v=0\r\n"}}),
	{
		op: "website.conversation.tool.request", method: "requestToolCallForConversation",
		extra: []any{"list_tools", object{"depth": 1}}, body: object{"command": "list_tools", "payload": object{"depth": 1}},
	},
	{
		op: "website.conversation.widget.button.deliver", method: "deliverWidgetButtonActionForConversation",
		extra: []any{"section", "item", widgetData, "on"},
		body:  object{"section_id": "section", "item_id": "item", "data": widgetData, "value": "on"},
	},
	{
		op: "website.conversation.widget.data.deliver fetch", method: "deliverWidgetDataFetchActionForConversation",
		extra: []any{"section", "item", widgetData},
		body:  object{"section_id": "section", "item_id": "item", "data": widgetData, "action": "fetch"},
	},
	{
		op: "website.conversation.widget.data.deliver edit", method: "deliverWidgetDataEditActionForConversation",
		extra: []any{"section", "item", "new value"},
		body:  object{"section_id": "section", "item_id": "item", "value": "new value", "action": "edit"},
	},
}
