package engine

import "encoding/json"

// permissionsForm is the JSON form of Permissions.
type permissionsForm struct {
	// Words is null for everything.
	Words  []string    `json:"words"`
	Extra  []string    `json:"extra,omitempty"`
	Bounds []boundForm `json:"bounds,omitempty"`
}

type boundForm struct {
	By       string   `json:"by"`
	Hint     string   `json:"hint,omitempty"`
	Has      []string `json:"has,omitempty"`
	Without  []string `json:"without,omitempty"`
	Within   bool     `json:"within,omitempty"` // that Has counts, even if it is empty
	ReadOnly bool     `json:"read_only,omitempty"`
}

// MarshalJSON writes the permissions for another process, which reads them with Vocabulary.Decode. The text of Advise does not
// travel.
func (p *Permissions) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("null"), nil
	}
	var f permissionsForm
	if p.granted != nil {
		f.Words = append([]string{}, p.granted.words...)
	}
	for _, g := range p.extra {
		f.Extra = append(f.Extra, g.words...)
	}
	for _, b := range p.bounds {
		bf := boundForm{By: b.by, Hint: b.hint, ReadOnly: b.readOnly}
		if b.has != nil {
			bf.Within, bf.Has = true, b.has.words
		}
		if b.without != nil {
			bf.Without = b.without.words
		}
		f.Bounds = append(f.Bounds, bf)
	}
	return json.Marshal(f)
}

// Decode reads permissions that MarshalJSON wrote. It fails for words that the vocabulary does not have.
func (v *Vocabulary) Decode(data []byte) (*Permissions, error) {
	var f *permissionsForm
	if err := json.Unmarshal(data, &f); err != nil || f == nil {
		return nil, err
	}
	p := v.Everything()
	if f.Words != nil {
		var err error
		if p, err = v.Parse(f.Words); err != nil {
			return nil, err
		}
	}
	p, err := p.With(f.Extra...)
	for _, b := range f.Bounds {
		switch {
		case err != nil:
			return nil, err
		case b.ReadOnly:
			p = p.ReadOnly(b.By)
		case b.Within:
			p, err = p.Within(b.By, b.Hint, b.Has)
		default:
			p, err = p.Without(b.By, b.Without)
		}
	}
	return p, err
}
