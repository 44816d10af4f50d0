package sandbox

// getPeopleStats counts the profiles.
func getPeopleStats(req *request) (answer, error) {
	total := 0
	for _, sum := range req.site.peopleOverview() {
		if !sum.deleted {
			total++
		}
	}
	return answer{data: encode(struct {
		Total int `json:"total"`
	}{total})}, nil
}

type campaign struct {
	CampaignID   string   `json:"campaign_id"`
	Type         string   `json:"type"`
	Name         string   `json:"name"`
	CreatedAt    int64    `json:"created_at"`
	UpdatedAt    int64    `json:"updated_at"`
	DispatchedAt int64    `json:"dispatched_at"`
	OccurredAt   int64    `json:"occurred_at"`
	Statistics   []string `json:"statistics"`
}

var campaignNames = [...]struct{ name, kind string }{
	{"Welcome to Fernleaf", "automated"}, {"Spring repotting guide", "one-shot"}, {"New: Leaf Duo", "one-shot"}, {"Winter care checklist", "one-shot"},
}

// listPeopleCampaigns shows what a generated contact was sent.
func listPeopleCampaigns(req *request, c *contact) (answer, error) {
	s := req.site
	if c.index >= s.people {
		return pagesOf(req, []campaign{})
	}
	return pagesOf(req, s.campaigns(c.index))
}

// maxExport is the number of profiles that an export may name.
const maxExport = 100

// exportProfiles mails nothing.
func exportProfiles(req *request) (answer, error) {
	var body struct {
		Profiles []string `json:"profiles"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if len(body.Profiles) > maxExport {
		return answer{}, invalid("data.profiles", "should NOT have more than 100 items")
	}
	return answer{}, nil
}

// importProfiles fetches nothing: the sandbox makes no requests of its own.
func importProfiles(req *request) (answer, error) {
	s := req.site
	s.imports++
	return answer{data: encode(struct {
		ImportID string `json:"import_id"`
	}{s.uuid(kindImport, s.imports)})}, nil
}

// campaigns are the campaigns that a customer was sent.
func (w *world) campaigns(person int) []campaign {
	d := w.dice(kindCampaign, person)
	var sent []campaign
	for i, k := range campaignNames {
		at := w.anchor - int64(i+1)*41*day
		got := campaign{
			CampaignID: w.uuid(kindCampaign, i), Type: k.kind, Name: k.name, CreatedAt: at - 3*day, UpdatedAt: at - day, DispatchedAt: at,
			OccurredAt: at + spread(&d, minute, 2*day), Statistics: []string{},
		}
		if d.chance(60) {
			got.Statistics = append(got.Statistics, "opened")
			if d.chance(40) {
				got.Statistics = append(got.Statistics, "clicked")
			}
		}
		if reached := d.chance(70); reached || i == 0 {
			sent = append(sent, got)
		}
	}
	return sent
}
