package sandbox

import (
	"maps"
	"sync"
)

// handlers are the operations by their ID in the description.
var handlers = sync.OnceValue(func() map[string]handler {
	all := map[string]handler{}
	maps.Copy(all, websiteHandlers())
	maps.Copy(all, conversationHandlers())
	maps.Copy(all, peopleHandlers())
	return all
})

// websiteHandlers returns the operations of the website itself, its team and its visitors by their ID in the description.
func websiteHandlers() map[string]handler {
	return map[string]handler{
		"website.exists":                      websiteExists,
		"website.create":                      createWebsite,
		"website.get":                         getWebsite,
		"website.delete":                      deleteWebsite,
		"website.expunge.abort":               abortDeletion,
		"website.availability.status.get":     getAvailability,
		"website.availability.operators.list": listAvailabilities,
		"website.settings.get":                getSettings,
		"website.settings.update":             updateSettings,

		"website.operators.list":         listOperators,
		"website.operators.active.list":  listActiveOperators,
		"website.operators.active.flush": flushActiveOperators,
		"website.operators.email.send":   emailOperators,
		"website.operators.email.patch":  emailOperators,
		"website.operator.get":           getOperator,
		"website.operator.invite":        inviteOperator,
		"website.operator.change":        changeOperator,
		"website.operator.unlink":        unlinkOperator,

		"website.visitors.count":              countVisitors,
		"website.visitors.list":               listVisitors,
		"website.visitors.map.pinpoint":       pinpointVisitors,
		"website.visitors.token.get":          resolveToken,
		"website.visitors.blocked.count":      countBlocked,
		"website.visitors.blocked.rule.count": countBlockedByRule,
		"website.visitors.blocked.rule.clear": clearBlocked,
	}
}

// conversationHandlers returns the operations of conversations and spam by their ID in the description.
func conversationHandlers() map[string]handler {
	return map[string]handler{
		"website.conversations.list":                   listConversations,
		"website.conversations.suggest.segments.list":  listSuggestions(false, "segment"),
		"website.conversations.suggest.segment.delete": deleteSuggestion(false, "segment"),
		"website.conversations.suggest.data.list":      listSuggestions(false, "key"),
		"website.conversations.suggest.data.delete":    deleteSuggestion(false, "key"),
		"website.conversations.spams.list":             listSpams,
		"website.conversations.spam.content.resolve":   getSpam,
		"website.conversations.spam.decision.submit":   decideSpam,

		"website.conversation.create":                      createConversation,
		"website.conversation.exists":                      conversationExists,
		"website.conversation.get":                         getConversation,
		"website.conversation.delete":                      writing(deleteConversation),
		"website.conversation.initiate":                    initiateConversation,
		"website.conversation.open.update":                 reading(accepted),
		"website.conversation.routing.get":                 reading(getRouting),
		"website.conversation.routing.assign":              writing(assignRouting),
		"website.conversation.inbox.update":                writing(updateInbox),
		"website.conversation.meta.get":                    reading(getMeta),
		"website.conversation.meta.update":                 writing(updateMeta),
		"website.conversation.original.get":                reading(getOriginal),
		"website.conversation.pages.list":                  reading(listPages),
		"website.conversation.events.list":                 reading(listConversationEvents),
		"website.conversation.files.list":                  reading(listFiles),
		"website.conversation.state.get":                   reading(getState),
		"website.conversation.state.change":                writing(changeState),
		"website.conversation.relations.get":               reading(getRelations),
		"website.conversation.participants.get":            reading(getParticipants),
		"website.conversation.participants.save":           writing(saveParticipants),
		"website.conversation.block.get":                   reading(getBlock),
		"website.conversation.block":                       writing(updateBlock),
		"website.conversation.verify.get":                  reading(getVerify),
		"website.conversation.verify.update":               writing(updateVerify),
		"website.conversation.verify.identity.request":     writing(requestIdentity),
		"website.conversation.verify.identity.link.redeem": writing(redeemIdentity),
		"website.conversation.transcript.request":          reading(requestTranscript),
		"website.conversation.purge.request":               reading(needsVisitor),
		"website.conversation.feedback.request":            reading(needsVisitor),
		"website.conversation.reminder.schedule":           reading(scheduleReminder),
		"website.conversation.report":                      writing(reportConversation),

		"website.conversation.messages.list":  reading(listMessages),
		"website.conversation.message.send":   writing(sendMessage),
		"website.conversation.message.get":    reading(getMessage),
		"website.conversation.message.update": writing(updateMessage),
		"website.conversation.message.delete": writing(deleteMessage),
		"website.conversation.compose":        writing(updateCompose),
		"website.conversation.read.mark":      writing(markRead),
		"website.conversation.unread.mark":    writing(markUnread),
		"website.conversation.delivered.mark": writing(markDelivered),

		"website.conversation.browsing.list":           reading(listBrowsings),
		"website.conversation.browsing.initiate":       writing(initiateBrowsing),
		"website.conversation.browsing.send":           writing(sendBrowsing),
		"website.conversation.browsing.assist":         reading(assistBrowsing),
		"website.conversation.call.initiate":           writing(initiateCall),
		"website.conversation.call.get":                reading(getCall),
		"website.conversation.call.abort":              writing(abortCall),
		"website.conversation.call.transmit":           reading(transmitCall),
		"website.conversation.call.signaling.transmit": reading(transmitCall),
		"website.conversation.tool.request":            reading(accepted),
		"website.conversation.widget.button.deliver":   reading(deliverWidget),
		"website.conversation.widget.data.deliver":     reading(deliverWidget),
	}
}

// peopleHandlers returns the operations of profiles by their ID in the description.
func peopleHandlers() map[string]handler {
	return map[string]handler{
		"website.people.stats.get":              getPeopleStats,
		"website.people.suggest.segments.list":  listSuggestions(true, "segment"),
		"website.people.suggest.segment.delete": deleteSuggestion(true, "segment"),
		"website.people.suggest.data.list":      listSuggestions(true, "key"),
		"website.people.suggest.data.delete":    deleteSuggestion(true, "key"),
		"website.people.suggest.events.list":    listSuggestions(true, "text"),
		"website.people.suggest.event.delete":   deleteSuggestion(true, "text"),
		"website.people.profiles.list":          listProfiles,
		"website.people.profile.create":         createProfile,
		"website.people.profile.exists":         profileExists,
		"website.people.profile.get":            getProfile,
		"website.people.profile.save":           writingProfile(saveProfile),
		"website.people.profile.update":         writingProfile(updateProfile),
		"website.people.profile.delete":         writingProfile(deleteProfile),
		"website.people.conversations.list":     listProfileConversations,
		"website.people.campaigns.list":         readingProfile(listPeopleCampaigns),
		"website.people.events.create":          writingProfile(createPeopleEvent),
		"website.people.events.list":            readingProfile(listPeopleEvents),
		"website.people.data.get":               readingProfile(getPeopleData),
		"website.people.data.save":              writingProfile(savePeopleData),
		"website.people.data.update":            writingProfile(updatePeopleData),
		"website.people.subscription.get":       readingProfile(getSubscription),
		"website.people.subscription.update":    writingProfile(updateSubscription),
		"website.people.export.profiles.export": exportProfiles,
		"website.people.import.profiles.import": importProfiles,
	}
}
