package cldr

import (
	"testing"
	"time"
)

func TestZones(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "europe/BERLIN": "Europe/Berlin", "UTC": "UTC", "Etc/GMT": "UTC", "Asia/Kolkata": "Asia/Calcutta",
		"US/Eastern": "America/New_York", "Etc/GMT+5": "Etc/GMT+5",
	} {
		if z, err := FindZone(name); err != nil || z.Name != want {
			t.Errorf("%s: %s, %v, want %s", name, z.Name, err, want)
		}
	}
	for _, name := range []string{"", "Local", "local", "Europe", "../../etc/passwd", "Berlin", "UTC+1", "europe/berlin\x00"} {
		if z, err := FindZone(name); err == nil {
			t.Errorf("%q is the zone %s", name, z.Name)
		}
	}
	// Every name of the tables is one of Go's zones.
	for _, name := range ZoneNames() {
		if _, err := FindZone(name); err != nil {
			t.Error(err)
		}
	}
}

// TestLocalZone looks for the zone of a process whose system does not name it.
func TestLocalZone(t *testing.T) {
	t.Setenv("TZ", "Asia/Tokyo") // misleads: the process may have another zone
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	for _, name := range []string{"Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = location
		if z := LocalZone(); !sameRules(z.Location, location) || z.Location != location {
			t.Errorf("%s: %s", name, z.Name)
		}
		if z, err := FindZone(LocalZone().Name); err != nil || !sameRules(z.Location, location) {
			t.Errorf("%s: %s has other rules: %v", name, z.Name, err)
		}
	}
	time.Local = time.FixedZone("Local", 19*60)
	if z := LocalZone(); z.Location != time.Local {
		t.Errorf("a zone of its own: %s", z.Name)
	}
}
