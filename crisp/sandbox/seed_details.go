package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

func operatorAvatar(index int) string {
	return storage + "avatar/operator-" + strconv.Itoa(index+1) + ".png"
}

func (w *world) avatar(person int) string {
	return storage + "users/avatar/" + w.uuid(kindPerson, person) + "/portrait-256.png"
}

// address is a postal address.
func (p *person) address() string {
	return strconv.Itoa(1+len(p.email)*7%90) + " " + p.last.text + " Street, " + p.city.name + ", " + p.city.region + ", " + p.culture.country
}

func (c *city) geolocation(country string) *geolocation {
	return &geolocation{Country: country, Region: c.region, City: c.name, Coordinates: &coordinates{c.latitude, c.longitude}}
}

// conversation makes a planned conversation as the API shows it. The messages are the ones of the same plan.
func (w *world) conversation(index int, p *plan, messages []message) conversation {
	d := w.dice(kindDetails, index)
	online := w.online(index)
	c := conversation{
		SessionID: "session_" + w.uuid(kindConversation, index), WebsiteID: w.websiteID,
		State: stateNames[p.state], Status: int(p.state), IsVerified: p.verified, IsBlocked: p.blocked,
		Availability: "offline", Active: activity{Now: online, Last: p.updated}, Topic: subject(p, &d),
		Verifications: []verification{}, Participants: []participant{}, Mentions: []string{},
		Unread:    unread{p.unreadOperator, p.unreadVisitor},
		CreatedAt: p.created, UpdatedAt: p.updated,
	}
	if online {
		c.Availability, c.Active.Last = "online", w.anchor
	}
	if p.inbox > 0 {
		id := w.uuid(kindInbox, int(p.inbox))
		c.InboxID = &id
	}
	if p.verified {
		c.Verifications = append(c.Verifications, verification{Identity: "email", Method: "link"})
	}
	if p.mention >= 0 {
		c.Mentions = append(c.Mentions, w.uuid(kindOperator, p.mention))
	}
	if p.assigned >= 0 {
		c.Assigned = &assigned{w.uuid(kindOperator, p.assigned)}
	}
	if p.waiting > 0 {
		waiting := p.waiting
		c.WaitingSince = &waiting
	}
	c.Meta = w.meta(index, p, &d)
	c.Meta.Subject = c.Topic
	if p.person >= 0 {
		c.PeopleID = w.uuid(kindPerson, p.person)
		if d.chance(6) {
			c.Participants = append(c.Participants, participant{"email", "accounts@" + employers[d.below(len(employers))].domain})
		}
	}
	c.show(messages)
	return c
}

func subject(p *plan, d *dice) string { return pick(d, subjects[p.topic]) }

// face is what a search reads of the contact of a planned conversation: name, addresses, subject.
func (w *world) face(index int, p *plan) [4]string {
	d := w.dice(kindDetails, index)
	if p.person < 0 {
		return [4]string{w.visitorName(index), subject(p, &d)}
	}
	person := w.person(p.person)
	phone := ""
	if w.dice(kindProfile, p.person).hasPhone() {
		phone = w.phone(p.person, &person)
	}
	return [4]string{person.nickname(), subject(p, &d), person.email, phone}
}

// meta is what the inbox knows about the contact.
func (w *world) meta(index int, p *plan, d *dice) meta {
	home := &cultures()[p.culture]
	place := pick(d, home.cities)
	m := meta{
		Nickname: "", IP: fmt.Sprintf("203.0.113.%d", d.between(1, 254)), Data: w.data(p.data, d),
		Segments: segmentsOf(p.segments), Origin: origins[p.origin],
	}
	if p.person >= 0 {
		person := w.person(p.person)
		place = *person.city
		m.Nickname, m.Email = person.nickname(), person.email
		if w.dice(kindProfile, p.person).hasPhone() {
			m.Phone = w.phone(p.person, &person)
		}
		m.Avatar = w.avatar(p.person)
		m.Address = person.address()
	} else {
		m.Nickname = w.visitorName(index)
	}
	network := networks[d.below(len(networks))]
	m.Connection = &connection{network.isp, network.asn}
	m.Device = deviceOf(d, home, &place)
	return m
}

func deviceOf(d *dice, home *culture, place *city) *device {
	b := &browsers[d.below(len(browsers))]
	major := b.version
	for i, r := range major {
		if r == '.' {
			major = major[:i]
			break
		}
	}
	return &device{
		Capabilities: []string{"browsing", "call"},
		Geolocation:  place.geolocation(home.country),
		System: &system{
			OS: software{Name: b.os, Version: b.osVersion}, Engine: software{Name: b.engine, Version: b.engineVersion},
			Browser: software{Name: b.browser, Version: b.version, Major: major}, Useragent: b.agent,
		},
		Timezone: home.timezone, Locales: home.locales,
	}
}

// data is custom data with the keys of a set.
func (w *world) data(set uint32, d *dice) data {
	made := data{}
	add := func(bit int, v any) {
		if set&(1<<bit) != 0 {
			made[dataKeys[bit]] = v
		}
	}
	add(0, plans[d.below(len(plans))])
	add(1, d.between(1, 14))
	add(2, "4.18."+strconv.Itoa(d.below(4)))
	add(3, d.chance(50))
	add(4, float64(d.between(900, 240000))/100)
	add(5, d.between(1, 60))
	add(6, time.UnixMilli(w.anchor-spread(d, 20*day, 900*day)).UTC().Format(time.DateOnly))
	order := "FL-" + strconv.Itoa(d.between(20000, 98999))
	add(7, order)
	add(8, orderStates[d.below(len(orderStates))])
	add(9, "https://shop."+companyDomain+"/admin/orders/"+order+"?tab=history")
	seen := &sitePages[d.below(len(sitePages))]
	add(10, "https://"+companyDomain+seen.path+"?utm_source=newsletter&utm_campaign=autumn-care")
	add(11, d.chance(40))
	add(12, payments[d.below(len(payments))])
	add(13, deliveries[d.below(len(deliveries))])
	add(14, fmt.Sprintf("https://shop.%s/admin/customers/%08d/overview?locale=en&from=inbox", companyDomain, d.below(100_000_000)))
	add(15, gardens[d.below(len(gardens))])
	add(16, feedback[d.below(len(feedback))])
	add(17, doorNotes[d.below(len(doorNotes))])
	return made
}

// someKeys is a set of custom data keys, most of them.
func someKeys(d *dice) uint32 {
	var set uint32
	for bit := range dataKeys {
		if d.chance(87) {
			set |= 1 << bit
		}
	}
	return set
}

func (d dice) hasPhone() bool { return d.chance(55) }

func (w *world) phone(index int, p *person) string {
	d := w.dice(kindPerson, -2-index)
	return p.culture.phone + " 555 " + strconv.Itoa(d.between(100, 999)) + " " + strconv.Itoa(d.between(1000, 9999))
}

// pages are the pages that a visitor saw, newest first.
func (w *world) pages(index int, p *plan) []page {
	d := w.dice(kindBrowsing, -2-index)
	list := make([]page, d.between(2, 26))
	at, referrer := p.updated, "https://search.example/"
	for i := range list {
		seen := &sitePages[d.below(len(sitePages))]
		list[i] = page{Title: seen.title, URL: "https://" + companyDomain + seen.path, Timestamp: at}
		at -= spread(&d, 4000, 9*minute)
	}
	for i := len(list) - 1; i >= 0; i-- {
		list[i].Referrer, referrer = referrer, list[i].URL
	}
	return list
}

type page struct {
	Title     string `json:"page_title"`
	URL       string `json:"page_url"`
	Referrer  string `json:"page_referrer"`
	Timestamp int64  `json:"timestamp"`
}

// customerEvents are the events that the company's shop and app report.
var customerEvents = [...]struct{ text, color string }{
	{"order:placed", "green"}, {"order:shipped", "blue"}, {"sensor:paired", "purple"}, {"plan:upgraded", "yellow"}, {"payment:failed", "red"}, {"app:installed", "grey"},
}

// events are a customer's events, newest first. A conversation shows those of its customer.
func (w *world) events(person int) []event {
	if person < 0 {
		return []event{}
	}
	d := w.dice(kindHistory, -2-person)
	list := make([]event, 0, 8)
	created, _, active := w.peopleTimes(person)
	at := active
	for range d.below(9) {
		kind := &customerEvents[d.below(len(customerEvents))]
		e := event{Text: kind.text, Data: data{}, Color: kind.color, Timestamp: at}
		if kind.color == "green" || kind.color == "blue" {
			e.Data["order"] = "FL-" + strconv.Itoa(d.between(20000, 98999))
		}
		list = append(list, e)
		if at -= spread(&d, hour, 40*day); at < created {
			break
		}
	}
	return list
}

// profile makes a customer's profile as the API shows it.
func (w *world) profile(index int) profile {
	p := w.person(index)
	d := w.dice(kindProfile, index)
	created, updated, active := w.peopleTimes(index)
	withPhone := d.hasPhone()
	d.next()
	timezone := p.culture.timezone
	list := profile{
		PeopleID: w.uuid(kindPerson, index), Email: p.email, Segments: segmentsOf(w.traits(index)),
		Active: activity{Last: active}, Score: float64(d.between(10, 100)) / 100, CreatedAt: created, UpdatedAt: updated,
		Person: personal{
			Nickname: p.nickname(), Avatar: w.avatar(index), Gender: "male",
			Timezone: &timezone, Geolocation: p.city.geolocation(p.culture.country), Locales: p.culture.locales,
			Address: p.address(),
		},
	}
	if p.female {
		list.Person.Gender = "female"
	}
	if withPhone {
		list.Person.Phone = w.phone(index, &p)
	}
	list.Notepad = w.notepad(index)
	if d.chance(20) {
		handle := p.first.ascii + "_" + p.last.ascii
		list.Person.Profiles = []account{{Type: "mastodon", Handle: handle, URL: "https://social.example/@" + handle}}
	}
	if p.employer >= 0 {
		e, job := &employers[p.employer], &jobs[d.below(len(jobs))]
		list.Person.Employment = &employment{e.name, e.domain, job.title, job.role, job.seniority}
		list.Company = &company{
			Name: e.name, Domain: e.domain, URL: "https://" + e.domain, Description: e.description, Tags: e.tags,
			Metrics: &metrics{Employees: e.employees}, Emails: []string{"hello@" + e.domain},
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

func (w *world) notepad(index int) string {
	d := w.dice(kindProfile, -200_000_000-index)
	if d.chance(70) {
		return ""
	}
	return pick(&d, profileNotes[:])
}

// peopleData is a customer's custom data.
func (w *world) peopleData(index int) data {
	d := w.dice(kindProfile, -2-index)
	return w.data(w.peopleKeys(index), &d)
}

// peopleKeys is the set of a customer's custom data keys.
func (w *world) peopleKeys(index int) uint32 {
	d := w.dice(kindProfile, -100_000_000-index)
	return someKeys(&d)
}

func (w *world) subscribed(index int) bool { return w.traits(index)&(1<<segmentNewsletter) != 0 }
