package render

import (
	"strings"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/tape"
)

// column is one of a table. Its cells come from the first of its paths that has something.
type column struct {
	title string
	paths []string
	// member is the exact name of the member to show, in place of paths.
	member string
	// direct tells that member is set, for names that are empty too.
	direct bool
	// rank tells what goes first when the terminal is narrow: the highest number.
	rank int
	// fixed columns are shown whole or not at all.
	fixed bool
	// least is the width down to which a column that is not fixed may shrink.
	least int
}

// resource tells how to show the objects that the API lists. Objects are recognised by their members, so that it does not
// matter through which call, filter or variable they came.
type resource struct {
	marks   []string
	columns []column
}

// resources are in the order of recognition.
func resources() []resource {
	return []resource{
		{[]string{"session_id", "fingerprint", "content"}, []column{
			{title: "time", paths: []string{"timestamp"}, rank: 2, fixed: true},
			{title: "from", paths: []string{"user.nickname", "from"}, rank: 3, least: 8},
			{title: "type", paths: []string{"type"}, rank: 4, fixed: true},
			{title: "content", paths: []string{"content.text", "content.name", "content"}, rank: 1, least: 30},
			{title: "fingerprint", paths: []string{"fingerprint"}, rank: 5, fixed: true},
		}},
		{[]string{"session_id", "state", "meta"}, []column{
			{title: "updated", paths: []string{"updated_at", "created_at"}, rank: 3, fixed: true},
			{title: "nickname", paths: []string{"meta.nickname", "meta.email"}, rank: 1, least: 14},
			{title: "state", paths: []string{"state"}, rank: 4, fixed: true},
			{title: "unread", paths: []string{"unread.operator"}, rank: 6, fixed: true},
			{title: "last message", paths: []string{"last_message", "preview_message.excerpt"}, rank: 2, least: 28},
			{title: "segments", paths: []string{"meta.segments"}, rank: 5, least: 8},
			{title: "email", paths: []string{"meta.email"}, rank: 8, least: 20},
			{title: "session_id", paths: []string{"session_id"}, rank: 7, fixed: true},
		}},
		{[]string{"people_id", "person"}, []column{
			{title: "nickname", paths: []string{"person.nickname"}, rank: 1, least: 16},
			{title: "email", paths: []string{"email"}, rank: 2, least: 24},
			{title: "company", paths: []string{"company.name", "person.employment.name"}, rank: 4, least: 10},
			{title: "country", paths: []string{"person.geolocation.country"}, rank: 6, fixed: true},
			{title: "segments", paths: []string{"segments"}, rank: 5, least: 10},
			{title: "updated", paths: []string{"updated_at", "created_at"}, rank: 3, fixed: true},
			{title: "people_id", paths: []string{"people_id"}, rank: 7, fixed: true},
		}},
		{[]string{"session_id", "useragent"}, []column{
			{title: "nickname", paths: []string{"nickname", "email"}, rank: 1, least: 14},
			{title: "email", paths: []string{"email"}, rank: 4, least: 20},
			{title: "page", paths: []string{"last_page.page_title", "last_page.page_url"}, rank: 2, least: 20},
			{title: "city", paths: []string{"geolocation.city"}, rank: 3, least: 8},
			{title: "country", paths: []string{"geolocation.country"}, rank: 5, fixed: true},
			{title: "active", paths: []string{"active"}, rank: 6, fixed: true},
			{title: "session_id", paths: []string{"session_id"}, rank: 7, fixed: true},
		}},
		{[]string{"type", "details.user_id"}, []column{
			{title: "name", paths: []string{"details.first_name details.last_name"}, rank: 1, least: 10},
			{title: "email", paths: []string{"details.email"}, rank: 2, least: 12},
			{title: "role", paths: []string{"details.role"}, rank: 3, fixed: true},
			{title: "title", paths: []string{"details.title"}, rank: 6, least: 8},
			{title: "availability", paths: []string{"details.availability"}, rank: 5, fixed: true},
			{title: "user_id", paths: []string{"details.user_id"}, rank: 4, fixed: true},
		}},
		{[]string{"website_id", "name", "domain"}, []column{
			{title: "name", paths: []string{"name"}, rank: 1, least: 8},
			{title: "domain", paths: []string{"domain"}, rank: 2, least: 10},
			{title: "website_id", paths: []string{"website_id"}, rank: 3, fixed: true},
		}},
	}
}

// columnsFor chooses the columns of a list of objects.
func columnsFor(rows []Value) []column {
	for _, r := range resources() {
		fits := true
		for _, row := range rows {
			fits = fits && row.has(r.marks...)
		}
		if fits {
			return r.columns
		}
	}
	return guessColumns(rows)
}

// maxGuessed bounds the columns of objects that nobody described.
const maxGuessed = 12

// guessColumns takes the members in the order in which they come. Plain values go before nested ones, and ids last: they are
// long, and nobody reads them.
func guessColumns(rows []Value) []column {
	type seen struct {
		name                 string
		filled, nested, long int
	}
	var names []*seen
	byName := map[string]*seen{}
	for _, row := range rows {
		for name, v := range row.members() {
			s := byName[name]
			if s == nil {
				s = &seen{name: name}
				byName[name] = s
				names = append(names, s)
			}
			if !v.isBlank() {
				s.filled++
			}
			if !v.isScalar() {
				s.nested++
			}
			if v.kind() == tape.String && len(v.Text()) > 24 {
				s.long++
			}
		}
	}
	var columns []column
	add := func(choose func(*seen) bool) {
		for _, s := range names {
			if len(columns) == maxGuessed || !choose(s) {
				continue
			}
			columns = append(columns, column{title: s.name, member: s.name, direct: true, rank: len(columns) + 1, fixed: s.long == 0 && s.nested == 0, least: 8})
		}
	}
	isID := func(s *seen) bool {
		return s.long > 0 && (strings.HasSuffix(s.name, "_id") || s.name == "id" || strings.HasSuffix(s.name, "_url") || s.name == "avatar")
	}
	add(func(s *seen) bool { return s.filled > 0 && s.nested == 0 && !isID(s) })
	add(func(s *seen) bool { return s.filled > 0 && s.nested == 0 && isID(s) })
	add(func(s *seen) bool { return s.filled > 0 && s.nested > 0 })
	if len(columns) == 0 {
		add(func(*seen) bool { return true })
	}
	return columns
}

// cell shows what a column has of a row. A path of several paths with spaces between is their texts in one.
func (p *Printer) cell(c column, row Value) cell {
	if c.direct {
		v, _ := row.member(c.member)
		return p.cellOf(c.member, v)
	}
	for _, path := range c.paths {
		if strings.Contains(path, " ") {
			var parts []string
			for part := range strings.FieldsSeq(path) {
				if v, ok := row.At(part); ok && v.kind() == tape.String && !v.isBlank() {
					parts = append(parts, v.Text())
				}
			}
			if len(parts) > 0 {
				return cell{text: paint.OneLine(strings.Join(parts, " "), cellLimit)}
			}
			continue
		}
		if v, ok := row.At(path); ok && !v.isBlank() {
			return p.cellOf(path[strings.LastIndexByte(path, '.')+1:], v)
		}
	}
	return cell{}
}
