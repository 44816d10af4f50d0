// Package websites has the operations on websites, their settings, operators and visitors.
package websites

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// Handlers returns the operations of the website itself, its team and its visitors by their ID in the description.
func Handlers() map[string]api.Handler {
	return map[string]api.Handler{
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
