package seed

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

var junk = [...]struct{ sender, subject, text string }{
	{
		"offers@seo.example", "Your site is missing 14,000 visitors",
		"Dear owner, we have analysed your website and found severe problems.",
	},
	{
		"winner@lottery.example", "You have been selected",
		"Congratulations! Reply with your details to receive the prize.",
	},
	{
		"sales@lists.example", "Email list of plant lovers",
		"We offer 2 million verified addresses at a special price today only.",
	},
	{"crypto@coin.example", "Guaranteed returns", "Invest now and double your money until Friday."},
	{"no-reply@parcel.example", "Delivery failed", "Please pay the customs fee with the link below."},
}

// NewSpams makes the seeded spam.
func (w *World) NewSpams() []wire.Spam {
	spams := make([]wire.Spam, len(junk))
	at := w.Anchor
	for i, j := range junk {
		d := w.Dice(KindSpam, i)
		at -= spread(&d, Hour, 3*Day)
		spams[i] = wire.Spam{
			SpamID: w.UUID(KindSpam, i), Type: "email", Reason: "content", Timestamp: at,
			Metadata: wire.Data{"subject": j.subject},
			Headers:  wire.Data{"from": j.sender, "to": "hello@" + CompanyDomain, "subject": j.subject},
			Content: wire.Encode(struct {
				Text string `json:"text"`
			}{j.text}),
		}
	}
	return spams
}
