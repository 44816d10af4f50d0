package console

import (
	"fmt"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// moment is a time as a page shows it. The relative form is kept up to date by the page's script, by the same rules.
type moment struct {
	Machine  string // RFC 3339
	Absolute string
	Relative string
}

func (c *Console) moment(t time.Time) moment {
	return moment{Machine: t.UTC().Format(time.RFC3339Nano), Absolute: c.absolute(t), Relative: relative(t, c.Now())}
}

func (c *Console) absolute(t time.Time) string {
	return t.In(c.Zone).Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// dayAndTime is short for tables: the day is left out when it is today.
func (c *Console) dayAndTime(t time.Time) string {
	t, now := t.In(c.Zone), c.Now().In(c.Zone)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04:05")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04:05")
	}
	return t.Format("2 Jan 2006 15:04")
}

// due is the time that a schedule named for a run, or empty.
func (c *Console) due(t state.Trigger) string {
	if t.Tick.IsZero() {
		return ""
	}
	return c.dayAndTime(t.Tick)
}

// relative tells how far a time is from now.
func relative(t, now time.Time) string {
	d := now.Sub(t)
	ahead := d < 0
	if ahead {
		d = -d
	}
	var text string
	switch {
	case d < 5*time.Second:
		return "now"
	case d < time.Minute:
		text = fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		text = fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		text = fmt.Sprintf("%d h", d/time.Hour)
	default:
		text = fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	if ahead {
		return "in " + text
	}
	return text + " ago"
}

// duration writes how long something took, with about two significant figures.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
}

// zoneText names the console's zone with its offset of today.
func (c *Console) zoneText() string {
	now := c.Now().In(c.Zone)
	name := c.Zone.String()
	if name == "Local" {
		name, _ = now.Zone()
	}
	offset := now.Format("-07:00")
	if name == "UTC" {
		return name
	}
	return fmt.Sprintf("%s, UTC%s", name, offset)
}
