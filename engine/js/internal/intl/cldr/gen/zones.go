package main

import (
	"strings"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// zones reads the names of time zones, and the kinds of time which they have used.
func (s source) zones(c *cldr.Common) {
	keys := s.read("cldr-bcp47", "bcp47", "timezone.json").at("keyword", "u", "tz")
	for _, key := range keys.keys() {
		names := keys.text(key, "_alias")
		if !strings.HasPrefix(key, "_") && names != "" && key != "unk" {
			c.Zones = append(c.Zones, names)
		}
	}
	s.metazones(c, "", s.supplemental("metaZones").at("metaZones", "metazoneInfo", "timezone"))
}

// metazones reads what a zone has used, or the zones of an area.
func (s source) metazones(c *cldr.Common, name string, n node) {
	uses, ok := n.value.([]any)
	if !ok {
		for _, key := range n.keys() {
			s.metazones(c, strings.TrimPrefix(name+"/"+key, "/"), n.at(key))
		}
		return
	}
	var parts []string
	for _, use := range uses {
		used := node{use}.at("usesMetazone")
		parts = append(parts, used.text("_mzone"))
		if to := used.text("_to"); to != "" {
			parts = append(parts, strings.Replace(to, " ", "T", 1))
		}
	}
	c.Metazones[name] = strings.Join(parts, " ")
}

// zoneNames reads the names of kinds of time, and of zones that have names of their own.
func (s source) zoneNames(locale string) map[string]string {
	all := s.main("cldr-dates-full", locale, "timeZoneNames").at("dates", "timeZoneNames")
	names := make(map[string]string)
	addZoneNames(names, "", all.at("metazone"))
	addZoneNames(names, "", all.at("zone"))
	return names
}

func addZoneNames(names map[string]string, name string, n node) {
	if n.at("long").value == nil && n.at("short").value == nil {
		for _, key := range n.keys() {
			addZoneNames(names, strings.TrimPrefix(name+"/"+key, "/"), n.at(key))
		}
		return
	}
	var forms []string
	for _, form := range []string{n.text("long", "standard"), n.text("long", "daylight"), n.text("short", "standard"), n.text("short", "daylight")} {
		if form == "∅∅∅" {
			form = ""
		}
		forms = append(forms, form)
	}
	if text := strings.TrimRight(strings.Join(forms, "\t"), "\t"); text != "" {
		names[name] = text
	}
}
