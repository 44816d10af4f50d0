// Package conversations has the operations on conversations, their messages and spam.
package conversations

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/suggestions"
)

// Handlers returns the operations of conversations and spam by their ID in the description.
func Handlers() map[string]api.Handler {
	return map[string]api.Handler{
		"website.conversations.list":                   listConversations,
		"website.conversations.suggest.segments.list":  suggestions.List(false, "segment"),
		"website.conversations.suggest.segment.delete": suggestions.Delete(false, "segment"),
		"website.conversations.suggest.data.list":      suggestions.List(false, "key"),
		"website.conversations.suggest.data.delete":    suggestions.Delete(false, "key"),
		"website.conversations.spams.list":             listSpams,
		"website.conversations.spam.content.resolve":   getSpam,
		"website.conversations.spam.decision.submit":   decideSpam,

		"website.conversation.create":                      createConversation,
		"website.conversation.exists":                      conversationExists,
		"website.conversation.get":                         getConversation,
		"website.conversation.delete":                      writing(deleteConversation),
		"website.conversation.initiate":                    initiateConversation,
		"website.conversation.open.update":                 reading(openConversation),
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

// findConversation finds the number of the conversation that the path names.
func findConversation(req *api.Request) (int, error) {
	id := req.Params["session_id"]
	index, ok := req.Site.Locate(id)
	if !ok {
		return 0, api.NotFound("conversation", id)
	}
	return index, nil
}

// reading runs f on the conversation of the path.
func reading(f func(req *api.Request, r *store.Record) (api.Answer, error)) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		index, err := findConversation(req)
		if err != nil {
			return api.Answer{}, err
		}
		return f(req, req.Site.Record(index))
	}
}

// writing runs f on the conversation of the path, which f may change unless it fails.
func writing(f func(req *api.Request, r *store.Record) (api.Answer, error)) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		index, err := findConversation(req)
		if err != nil {
			return api.Answer{}, err
		}
		a, err := f(req, req.Site.Touch(index))
		if err == nil {
			req.Site.Changed(index)
		}
		return a, err
	}
}
