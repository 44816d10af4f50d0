//go:build unix

package schedule

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

func TestTimeSet(t *testing.T) {
	var c timeSet
	even := time.Now()
	shown := noon
	for _, step := range []struct{ shown, even, want time.Duration }{
		{0, 0, 0}, // the first look knows nothing
		{time.Second, time.Second, 0},
		{time.Hour, time.Hour, 0}, // a process that stood still
		{1900 * time.Millisecond, time.Second, 0},
		{time.Hour + time.Second, time.Second, time.Hour},
		{time.Second, time.Second, 0},
		{-time.Hour + time.Second, time.Second, -time.Hour},
	} {
		shown, even = shown.Add(step.shown), even.Add(step.even)
		if got := c.look(shown, even); got != step.want {
			t.Errorf("%v in %v: set by %v, want %v", step.shown, step.even, got, step.want)
		}
	}
}

// A job that waits for a time does not wait an hour longer when the clock goes back by one.
func TestWaitsWhenClockGoesBack(t *testing.T) {
	m := simulate(t, time.Now())
	m.save("a", "", "all")
	_, err := m.DB.Trigger(t.Context(), "a", state.Trigger{Kind: state.ByHand})
	if err == nil {
		err = m.moveUp(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	read := func() (at float64, text string) {
		t.Helper()
		if err := m.DB.SQL().QueryRowContext(t.Context(), "SELECT unixepoch(scheduled_at, 'subsec'), CAST(scheduled_at AS TEXT) FROM river_job").Scan(&at, &text); err != nil {
			t.Fatal(err)
		}
		return at, text
	}
	before, form := read()
	if err := m.clockWasSet(t.Context(), -90*time.Minute-250*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	after, text := read()
	if difference := before - after; difference < 5400.249 || difference > 5400.251 || len(text) != len(form) {
		t.Errorf("%s became %s, %v earlier", form, text, difference)
	}
}
