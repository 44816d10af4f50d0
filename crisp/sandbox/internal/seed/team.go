package seed

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// NewTeam makes the seeded operators.
func (w *World) NewTeam() []wire.Operator {
	team := make([]wire.Operator, len(staff))
	for i, member := range staff {
		team[i] = wire.Operator{
			UserID: w.UUID(KindOperator, i), Email: asciiFirst(member.first) + "@" + CompanyDomain,
			Avatar:    operatorAvatar(i),
			FirstName: member.first, LastName: member.last, Role: member.role, Title: member.title,
			Availability: member.availability, HasToken: i < 2,
		}
	}
	return team
}

func asciiFirst(first string) string { return plain().Replace(strings.ToLower(first)) }
