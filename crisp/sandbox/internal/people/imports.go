package people

import (
	"bytes"
	"encoding/csv"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Files are what was uploaded to the sandbox.
type Files interface {
	// Read returns the file at a path of the sandbox.
	Read(escapedPath string) ([]byte, bool)
}

// importFields are the fields that a column can fill. The words are guesses from the members of profiles.
var importFields = [...]string{"email", "notepad", "person.address", "person.nickname", "person.phone", "segments"}

// fill puts a column into a profile.
func (c *card) fill(field, text string) {
	switch field {
	case "email":
		c.Email = text
	case "notepad":
		c.Notepad = text
	case "person.address":
		c.Person.Address = text
	case "person.nickname":
		c.Person.Nickname = text
	case "person.phone":
		c.Person.Phone = text
	case "segments":
		c.Segments = strings.FieldsFunc(text, isSeparator)
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ';' || r == ' ' }

type importForm struct {
	URL     string `json:"url"`
	Mapping []struct {
		Column int    `json:"column"`
		Field  string `json:"field"`
	} `json:"mapping"`
	Options struct {
		Separator  string `json:"column_separator"`
		SkipHeader bool   `json:"skip_header"`
	} `json:"options"`
}

// importing imports a file of contacts. As the sandbox makes no requests of its own, files from elsewhere than its own
// uploads fail, which the event at the end tells. That the first column is 0 is a guess.
func importing(files Files) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		form := importForm{}
		form.Options.Separator = ","
		if err := req.Decode(&form); err != nil {
			return api.Answer{}, err
		}
		for _, m := range form.Mapping {
			if !slices.Contains(importFields[:], m.Field) {
				return api.Answer{}, api.Invalid("data.mapping.field",
					"should be one of "+strings.Join(importFields[:], ", "))
			}
		}
		s := req.Site
		s.Imports++
		rows, err := readRows(files, req.Origin, &form)
		if err == nil {
			importRows(req, rows, &form)
		}
		req.EmitLater("people:import:done", "website_id", s.WebsiteID, "error", err != nil)
		return api.Answer{Data: wire.Encode(struct {
			ImportID string `json:"import_id"`
		}{s.UUID(seed.KindImport, s.Imports)})}, nil
	}
}

func readRows(files Files, origin string, form *importForm) ([][]string, error) {
	path, own := strings.CutPrefix(form.URL, origin)
	data, found := files.Read(path)
	if !own || !found {
		return nil, api.NotFound("file", form.URL)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	if comma, size := utf8.DecodeRuneInString(form.Options.Separator); size > 0 {
		r.Comma = comma
	}
	rows, err := r.ReadAll()
	if form.Options.SkipHeader && len(rows) > 0 {
		rows = rows[1:]
	}
	return rows, err
}

type skipped struct {
	Identifier *string `json:"identifier"`
	Reason     string  `json:"reason"`
}

// importRows makes the profiles, and tells of the progress four times. That contacts who are known already are skipped,
// and the words for why, are guesses.
func importRows(req *api.Request, rows [][]string, form *importForm) {
	left := []skipped{}
	for i, row := range rows {
		c := card{}
		for _, m := range form.Mapping {
			if m.Column >= 0 && m.Column < len(row) {
				c.fill(m.Field, strings.TrimSpace(row[m.Column]))
			}
		}
		if reason := importCard(req, &c); reason != "" {
			left = append(left, skipped{Reason: reason})
			if c.Email != "" {
				left[len(left)-1].Identifier = &c.Email
			}
		}
		if done := i + 1; done*4/len(rows) > i*4/len(rows) {
			req.EmitLater("people:import:progress", "website_id", req.Site.WebsiteID, "progress", done*100/len(rows),
				"count", map[string]int{"skipped": len(left), "remaining": len(rows) - done},
				"items", map[string]any{"skipped": left})
		}
	}
}

// importCard adds a profile, or returns why it is skipped.
func importCard(req *api.Request, c *card) (reason string) {
	if at, err := mail.ParseAddress(c.Email); err != nil || at.Address != c.Email {
		return "invalid_email"
	}
	if checkEmail(req.Site, c.Email, -1) != nil {
		return "exists"
	}
	add(req, c)
	return ""
}
