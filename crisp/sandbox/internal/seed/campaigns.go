package seed

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

var campaignNames = [...]struct{ name, kind string }{
	{"Welcome to Fernleaf", "automated"}, {"Spring repotting guide", "one-shot"}, {"New: Leaf Duo", "one-shot"},
	{"Winter care checklist", "one-shot"},
}

// Campaigns are the campaigns that a customer was sent.
func (w *World) Campaigns(person int) []wire.Campaign {
	d := w.Dice(kindCampaign, person)
	var sent []wire.Campaign
	for i, k := range campaignNames {
		at := w.Anchor - int64(i+1)*41*Day
		got := wire.Campaign{
			CampaignID: w.UUID(kindCampaign, i), Type: k.kind, Name: k.name, CreatedAt: at - 3*Day, UpdatedAt: at - Day,
			DispatchedAt: at,
			OccurredAt:   at + spread(&d, Minute, 2*Day), Statistics: []string{},
		}
		if d.Chance(60) {
			got.Statistics = append(got.Statistics, "opened")
			if d.Chance(40) {
				got.Statistics = append(got.Statistics, "clicked")
			}
		}
		if reached := d.Chance(70); reached || i == 0 {
			sent = append(sent, got)
		}
	}
	return sent
}
