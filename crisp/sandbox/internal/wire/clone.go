package wire

import (
	"slices"
)

// Clone copies what decoding could otherwise write into a shared value.
func (d *Device) Clone() *Device {
	c := *d
	c.Geolocation, c.System = d.Geolocation.Clone(), ClonePointer(d.System)
	c.Capabilities, c.Locales = append([]string{}, d.Capabilities...), append([]string{}, d.Locales...)
	return &c
}

// Clone copies a place with its coordinates.
func (g *Geolocation) Clone() *Geolocation {
	c := ClonePointer(g)
	if c != nil {
		c.Coordinates = ClonePointer(c.Coordinates)
	}
	return c
}

// ClonePointer copies what p points to.
func ClonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Unique drops repeated words.
func Unique(words []string) []string {
	var list []string
	for _, word := range words {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	if list == nil {
		return []string{}
	}
	return list
}
