package seed

import (
	"strconv"
	"strings"
)

// person is who a customer is, without the rest of the profile.
type person struct {
	Culture     *culture
	female      bool
	first, last name
	City        *city
	Employer    int // -1 is none
	Email       string
}

// stride is prime to the number of names, so that each customer of a round has another one.
const stride = 1337

// slot is the place of a customer's name among the names, and the round that it is given in. The names of a place are
// unique, so that a round number behind the name makes every address unique.
func (w *World) slot(index int) (culture, nameIndex int) {
	total := len(Cultures()) * namesEach
	slot := (index%total*stride + int(uint64(w.Source)%uint64(total))) % total
	return slot % len(Cultures()), slot / len(Cultures())
}

// Person returns who a customer is.
func (w *World) Person(index int) person {
	cultureIndex, n := w.slot(index)
	d := w.Dice(KindPerson, index)
	p := person{Culture: &Cultures()[cultureIndex], female: n%2 == 0, Employer: -1}
	n /= 2
	if p.female {
		p.first = p.Culture.women[n%firstNames]
	} else {
		p.first = p.Culture.men[n%firstNames]
	}
	p.last = p.Culture.last[n/firstNames]
	p.City = &p.Culture.Cities[d.Below(len(p.Culture.Cities))]
	domain := p.Culture.mail
	if d.Chance(42) {
		p.Employer = d.Below(len(Employers))
		domain = Employers[p.Employer].Domain
	}
	var b strings.Builder
	b.WriteString(p.first.ascii)
	b.WriteByte('.')
	b.WriteString(p.last.ascii)
	if round := index / (len(Cultures()) * namesEach); round > 0 {
		b.WriteString(strconv.Itoa(round + 1))
	}
	b.WriteByte('@')
	b.WriteString(domain)
	p.Email = b.String()
	return p
}

// Nickname is the full name as it is written in the customer's country.
func (p *person) Nickname() string {
	if p.Culture.Country == "JP" {
		return p.last.text + " " + p.first.text
	}
	return p.first.text + " " + p.last.text
}

// Traits are the segments that a customer has in all conversations.
func (w *World) Traits(index int) uint32 {
	d := w.Dice(KindProfile, index)
	var set uint32
	if d.Chance(9) {
		set |= 1 << segmentVIP
	}
	if d.Chance(40) {
		set |= 1 << segmentNewsletter
	}
	if d.Chance(8) {
		set |= 1 << segmentBeta
	}
	if d.Chance(5) {
		set |= 1 << segmentWholesale
	}
	return set
}

// namePlaces finds the place of an ASCII name.
func namePlaces() map[string]int { return namePlaceTable.get(findNamePlaces) }

var namePlaceTable lazy[map[string]int]

func findNamePlaces() map[string]int {
	places := make(map[string]int, len(Cultures())*namesEach)
	for c, culture := range Cultures() {
		for n := range namesEach {
			firsts := culture.men
			if n%2 == 0 {
				firsts = culture.women
			}
			local := firsts[n/2%firstNames].ascii + "." + culture.last[n/2/firstNames].ascii
			places[local] = n*len(Cultures()) + c
		}
	}
	return places
}

// PersonByEmail finds a generated customer by address without looking at any other.
func (w *World) PersonByEmail(email string) (int, bool) {
	local, _, _ := strings.Cut(email, "@")
	letters := strings.TrimRight(local, "0123456789")
	round := 0
	if digits := local[len(letters):]; digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 2 {
			return 0, false
		}
		round = n - 1
	}
	place, ok := namePlaces()[letters]
	if !ok {
		return 0, false
	}
	total := len(Cultures()) * namesEach
	offset := int(uint64(w.Source) % uint64(total))
	index := round*total + (place-offset+total)%total*inverse(stride, total)%total
	if index >= w.People || w.Person(index).Email != email {
		return 0, false
	}
	return index, true
}

// inverse is the number that a must be multiplied by to give 1 modulo n.
func inverse(a, n int) int {
	t, next, r, rest := 0, 1, n, a%n
	for rest != 0 {
		q := r / rest
		t, next = next, t-q*next
		r, rest = rest, r-q*rest
	}
	return (t + n) % n
}

// PeopleTimes are when a profile was made, changed and last active.
func (w *World) PeopleTimes(index int) (created, updated, active int64) {
	d := w.Dice(kindHistory, index)
	created = w.Anchor - spread(&d, 2*Day, 700*Day)
	updated = created + int64(d.Float()*float64(w.Anchor-created))
	active = w.Anchor - spread(&d, 5*Minute, w.Anchor-created)
	return created, updated, active
}
