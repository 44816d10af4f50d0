package sandbox

import (
	"strconv"
	"strings"
	"sync"
)

// person is who a customer is, without the rest of the profile.
type person struct {
	culture     *culture
	female      bool
	first, last name
	city        *city
	employer    int // -1 is none
	email       string
}

// stride is prime to the number of names, so that each customer of a round has another one.
const stride = 1337

// slot is the place of a customer's name among the names, and the round that it is given in. The names of a place are
// unique, so that a round number behind the name makes every address unique.
func (w *world) slot(index int) (culture, nameIndex int) {
	total := len(cultures()) * namesEach
	slot := (index%total*stride + int(uint64(w.source)%uint64(total))) % total
	return slot % len(cultures()), slot / len(cultures())
}

func (w *world) person(index int) person {
	cultureIndex, n := w.slot(index)
	d := w.dice(kindPerson, index)
	p := person{culture: &cultures()[cultureIndex], female: n%2 == 0, employer: -1}
	n /= 2
	if p.female {
		p.first = p.culture.women[n%firstNames]
	} else {
		p.first = p.culture.men[n%firstNames]
	}
	p.last = p.culture.last[n/firstNames]
	p.city = &p.culture.cities[d.below(len(p.culture.cities))]
	domain := p.culture.mail
	if d.chance(42) {
		p.employer = d.below(len(employers))
		domain = employers[p.employer].domain
	}
	var b strings.Builder
	b.WriteString(p.first.ascii)
	b.WriteByte('.')
	b.WriteString(p.last.ascii)
	if round := index / (len(cultures()) * namesEach); round > 0 {
		b.WriteString(strconv.Itoa(round + 1))
	}
	b.WriteByte('@')
	b.WriteString(domain)
	p.email = b.String()
	return p
}

// nickname is the full name as it is written in the customer's country.
func (p *person) nickname() string {
	if p.culture.country == "JP" {
		return p.last.text + " " + p.first.text
	}
	return p.first.text + " " + p.last.text
}

// traits are the segments that a customer has in all conversations.
func (w *world) traits(index int) uint32 {
	d := w.dice(kindProfile, index)
	var set uint32
	if d.chance(9) {
		set |= 1 << segmentVIP
	}
	if d.chance(40) {
		set |= 1 << segmentNewsletter
	}
	if d.chance(8) {
		set |= 1 << segmentBeta
	}
	if d.chance(5) {
		set |= 1 << segmentWholesale
	}
	return set
}

// namePlaces finds the place of an ASCII name.
var namePlaces = sync.OnceValue(func() map[string]int {
	places := make(map[string]int, len(cultures())*namesEach)
	for c, culture := range cultures() {
		for n := range namesEach {
			firsts := culture.men
			if n%2 == 0 {
				firsts = culture.women
			}
			local := firsts[n/2%firstNames].ascii + "." + culture.last[n/2/firstNames].ascii
			places[local] = n*len(cultures()) + c
		}
	}
	return places
})

// personByEmail finds a generated customer by address without looking at any other.
func (w *world) personByEmail(email string) (int, bool) {
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
	total := len(cultures()) * namesEach
	offset := int(uint64(w.source) % uint64(total))
	index := round*total + (place-offset+total)%total*inverse(stride, total)%total
	if index >= w.people || w.person(index).email != email {
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

// peopleTimes are when a profile was made, changed and last active.
func (w *world) peopleTimes(index int) (created, updated, active int64) {
	d := w.dice(kindHistory, index)
	created = w.anchor - spread(&d, 2*day, 700*day)
	updated = created + int64(d.float()*float64(w.anchor-created))
	active = w.anchor - spread(&d, 5*minute, w.anchor-created)
	return created, updated, active
}
