package seed

import (
	"fmt"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

func operatorAvatar(index int) string {
	return storage + "avatar/operator-" + strconv.Itoa(index+1) + ".png"
}

func (w *World) avatar(person int) string {
	return storage + "users/avatar/" + w.UUID(KindPerson, person) + "/portrait-256.png"
}

// address is a postal address.
func (p *person) address() string {
	return strconv.Itoa(1+len(p.Email)*7%90) + " " + p.last.text + " Street, " +
		p.City.name + ", " + p.City.region + ", " + p.Culture.Country
}

func (c *city) Geolocation(country string) *wire.Geolocation {
	return &wire.Geolocation{
		Country: country, Region: c.region, City: c.name,
		Coordinates: &wire.Coordinates{Latitude: c.latitude, Longitude: c.longitude},
	}
}

// Conversation makes a planned conversation as the API shows it. The messages are the ones of the same plan.
func (w *World) Conversation(index int, p *Plan, messages []wire.Message) wire.Conversation {
	d := w.Dice(kindDetails, index)
	online := w.Online(index)
	c := wire.Conversation{
		SessionID: "session_" + w.UUID(KindConversation, index), WebsiteID: w.WebsiteID,
		State: StateNames[p.State], Status: int(p.State), IsVerified: p.verified, IsBlocked: p.blocked,
		Availability: "offline", Active: wire.Activity{Now: online, Last: p.Updated}, Topic: subject(p, &d),
		Verifications: []wire.Verification{}, Participants: []wire.Participant{}, Mentions: []string{},
		Unread:    wire.Unread{Operator: p.UnreadOperator, Visitor: p.unreadVisitor},
		CreatedAt: p.Created, UpdatedAt: p.Updated,
	}
	if online {
		c.Availability, c.Active.Last = "online", w.Anchor
	}
	if p.Inbox > 0 {
		id := w.UUID(KindInbox, int(p.Inbox))
		c.InboxID = &id
	}
	if p.verified {
		c.Verifications = append(c.Verifications, wire.Verification{Identity: "email", Method: "link"})
	}
	if p.Mention >= 0 {
		c.Mentions = append(c.Mentions, w.UUID(KindOperator, p.Mention))
	}
	if p.Assigned >= 0 {
		c.Assigned = &wire.Assigned{UserID: w.UUID(KindOperator, p.Assigned)}
	}
	if p.Waiting > 0 {
		waiting := p.Waiting
		c.WaitingSince = &waiting
	}
	c.Meta = w.meta(index, p, &d)
	c.Meta.Subject = c.Topic
	if p.Person >= 0 {
		c.PeopleID = w.UUID(KindPerson, p.Person)
		if d.Chance(6) {
			c.Participants = append(c.Participants, wire.Participant{
				Type: "email", Target: "accounts@" + Employers[d.Below(len(Employers))].Domain,
			})
		}
	}
	c.Show(messages)
	return c
}

func subject(p *Plan, d *Dice) string { return Pick(d, subjects[p.topic]) }

// Face is what a search reads of the contact of a planned conversation: name, addresses, subject.
func (w *World) Face(index int, p *Plan) [4]string {
	d := w.Dice(kindDetails, index)
	if p.Person < 0 {
		return [4]string{w.VisitorName(index), subject(p, &d)}
	}
	person := w.Person(p.Person)
	phone := ""
	if w.Dice(KindProfile, p.Person).HasPhone() {
		phone = w.Phone(p.Person, &person)
	}
	return [4]string{person.Nickname(), subject(p, &d), person.Email, phone}
}

// meta is what the inbox knows about the contact.
func (w *World) meta(index int, p *Plan, d *Dice) wire.Meta {
	home := &Cultures()[p.culture]
	place := Pick(d, home.Cities)
	m := wire.Meta{
		Nickname: "", IP: fmt.Sprintf("203.0.113.%d", d.between(1, 254)), Data: w.data(p.Data, d),
		Segments: SegmentsOf(p.Segments), Origin: Origins[p.origin],
	}
	if p.Person >= 0 {
		person := w.Person(p.Person)
		place = *person.City
		m.Nickname, m.Email = person.Nickname(), person.Email
		if w.Dice(KindProfile, p.Person).HasPhone() {
			m.Phone = w.Phone(p.Person, &person)
		}
		m.Avatar = w.avatar(p.Person)
		m.Address = person.address()
	} else {
		m.Nickname = w.VisitorName(index)
	}
	network := networks[d.Below(len(networks))]
	m.Connection = &wire.Connection{ISP: network.isp, ASN: network.asn}
	m.Device = DeviceOf(d, home, &place)
	return m
}

// DeviceOf returns the device of somebody at a place.
func DeviceOf(d *Dice, home *culture, place *city) *wire.Device {
	b := &browsers[d.Below(len(browsers))]
	major := b.version
	for i, r := range major {
		if r == '.' {
			major = major[:i]
			break
		}
	}
	return &wire.Device{
		Capabilities: []string{"browsing", "call"},
		Geolocation:  place.Geolocation(home.Country),
		System: &wire.System{
			OS:      wire.Software{Name: b.os, Version: b.osVersion},
			Engine:  wire.Software{Name: b.engine, Version: b.engineVersion},
			Browser: wire.Software{Name: b.browser, Version: b.version, Major: major}, Useragent: b.agent,
		},
		Timezone: home.timezone, Locales: home.locales,
	}
}

// data is custom data with the keys of a set.
func (w *World) data(set uint32, d *Dice) wire.Data {
	made := wire.Data{}
	add := func(bit int, v any) {
		if set&(1<<bit) != 0 {
			made[DataKeys[bit]] = v
		}
	}
	add(0, plans[d.Below(len(plans))])
	add(1, d.between(1, 14))
	add(2, "4.18."+strconv.Itoa(d.Below(4)))
	add(3, d.Chance(50))
	add(4, float64(d.between(900, 240000))/100)
	add(5, d.between(1, 60))
	add(6, time.UnixMilli(w.Anchor-spread(d, 20*Day, 900*Day)).UTC().Format(time.DateOnly))
	order := "FL-" + strconv.Itoa(d.between(20000, 98999))
	add(7, order)
	add(8, orderStates[d.Below(len(orderStates))])
	add(9, "https://shop."+CompanyDomain+"/admin/orders/"+order+"?tab=history")
	seen := &SitePages[d.Below(len(SitePages))]
	add(10, "https://"+CompanyDomain+seen.Path+"?utm_source=newsletter&utm_campaign=autumn-care")
	add(11, d.Chance(40))
	add(12, payments[d.Below(len(payments))])
	add(13, deliveries[d.Below(len(deliveries))])
	add(14, fmt.Sprintf("https://shop.%s/admin/customers/%08d/overview?locale=en&from=inbox",
		CompanyDomain, d.Below(100_000_000)))
	add(15, gardens[d.Below(len(gardens))])
	add(16, feedback[d.Below(len(feedback))])
	add(17, doorNotes[d.Below(len(doorNotes))])
	return made
}

// someKeys is a set of custom data keys, most of them.
func someKeys(d *Dice) uint32 {
	var set uint32
	for bit := range DataKeys {
		if d.Chance(87) {
			set |= 1 << bit
		}
	}
	return set
}

// HasPhone reports whether a profile has a telephone number. It takes the first throw of the profile's dice.
func (d Dice) HasPhone() bool { return d.Chance(55) }

// Phone returns a customer's telephone number.
func (w *World) Phone(index int, p *person) string {
	d := w.Dice(KindPerson, -2-index)
	return p.Culture.phone + " 555 " + strconv.Itoa(d.between(100, 999)) + " " + strconv.Itoa(d.between(1000, 9999))
}

// Pages are the pages that a visitor saw, newest first.
func (w *World) Pages(index int, p *Plan) []wire.Page {
	d := w.Dice(KindBrowsing, -2-index)
	list := make([]wire.Page, d.between(2, 26))
	at, referrer := p.Updated, "https://search.example/"
	for i := range list {
		seen := &SitePages[d.Below(len(SitePages))]
		list[i] = wire.Page{Title: seen.Title, URL: "https://" + CompanyDomain + seen.Path, Timestamp: at}
		at -= spread(&d, 4000, 9*Minute)
	}
	for i := len(list) - 1; i >= 0; i-- {
		list[i].Referrer, referrer = referrer, list[i].URL
	}
	return list
}

// customerEvents are the events that the company's shop and app report.
var customerEvents = [...]struct{ text, color string }{
	{"order:placed", "green"}, {"order:shipped", "blue"}, {"sensor:paired", "purple"}, {"plan:upgraded", "yellow"},
	{"payment:failed", "red"}, {"app:installed", "grey"},
}

// Events are a customer's events, newest first. A conversation shows those of its customer.
func (w *World) Events(person int) []wire.Event {
	if person < 0 {
		return []wire.Event{}
	}
	d := w.Dice(kindHistory, -2-person)
	list := make([]wire.Event, 0, 8)
	created, _, active := w.PeopleTimes(person)
	at := active
	for range d.Below(9) {
		kind := &customerEvents[d.Below(len(customerEvents))]
		e := wire.Event{Text: kind.text, Data: wire.Data{}, Color: kind.color, Timestamp: at}
		if kind.color == "green" || kind.color == "blue" {
			e.Data["order"] = "FL-" + strconv.Itoa(d.between(20000, 98999))
		}
		list = append(list, e)
		if at -= spread(&d, Hour, 40*Day); at < created {
			break
		}
	}
	return list
}

// Profile makes a customer's profile as the API shows it.
func (w *World) Profile(index int) wire.Profile {
	p := w.Person(index)
	d := w.Dice(KindProfile, index)
	created, updated, active := w.PeopleTimes(index)
	withPhone := d.HasPhone()
	d.Next()
	timezone := p.Culture.timezone
	list := wire.Profile{
		PeopleID: w.UUID(KindPerson, index), Email: p.Email, Segments: SegmentsOf(w.Traits(index)),
		Active: wire.Activity{Last: active}, Score: float64(d.between(10, 100)) / 100, CreatedAt: created,
		UpdatedAt: updated,
		Person: wire.Personal{
			Nickname: p.Nickname(), Avatar: w.avatar(index), Gender: "male",
			Timezone: &timezone, Geolocation: p.City.Geolocation(p.Culture.Country), Locales: p.Culture.locales,
			Address: p.address(),
		},
	}
	if p.female {
		list.Person.Gender = "female"
	}
	if withPhone {
		list.Person.Phone = w.Phone(index, &p)
	}
	list.Notepad = w.Notepad(index)
	if d.Chance(20) {
		handle := p.first.ascii + "_" + p.last.ascii
		list.Person.Profiles = []wire.Account{
			{Type: "mastodon", Handle: handle, URL: "https://social.example/@" + handle},
		}
	}
	if p.Employer >= 0 {
		e, job := &Employers[p.Employer], &jobs[d.Below(len(jobs))]
		list.Person.Employment = &wire.Employment{
			Name: e.Name, Domain: e.Domain, Title: job.title, Role: job.role, Seniority: job.seniority,
		}
		list.Company = &wire.Company{
			Name: e.Name, Domain: e.Domain, URL: "https://" + e.Domain, Description: e.description, Tags: e.tags,
			Metrics: &wire.Metrics{Employees: e.employees}, Emails: []string{"hello@" + e.Domain},
		}
	}
	return list
}

var profileNotes = [...]string{
	"Prefers email over chat.",
	"Has a greenhouse with orchids, loves long answers.",
	"Waits for the outdoor sensor, tell first.",
	"Invoice always with the purchase order number.",
	"Met at the garden fair in spring.",
	"Writes a plant blog, ask before quoting.",
}

// Notepad returns what the team has noted about a customer, which may be nothing.
func (w *World) Notepad(index int) string {
	d := w.Dice(KindProfile, -200_000_000-index)
	if d.Chance(70) {
		return ""
	}
	return Pick(&d, profileNotes[:])
}

// PeopleData is a customer's custom data.
func (w *World) PeopleData(index int) wire.Data {
	d := w.Dice(KindProfile, -2-index)
	return w.data(w.PeopleKeys(index), &d)
}

// PeopleKeys is the set of a customer's custom data keys.
func (w *World) PeopleKeys(index int) uint32 {
	d := w.Dice(KindProfile, -100_000_000-index)
	return someKeys(&d)
}

// Subscribed reports whether a customer gets emails.
func (w *World) Subscribed(index int) bool { return w.Traits(index)&(1<<segmentNewsletter) != 0 }
