//go:build unix

package telemetry

import "github.com/crisphost/crisphost/scripts/schedule"

// writeEvents writes what came of the events.
func writeEvents(e *exposition, s schedule.EventStats, hears func() error) {
	if hears != nil {
		e.single("crisphost_events_heard", "gauge", "0 when scripts of this host wait for events and the RTM connection fails.", flag(hears() == nil))
	}
	e.single("crisphost_events_received_total", "counter", "Deliveries of events by RTM and web hooks.", float64(s.Received))
	e.single("crisphost_events_repeated_total", "counter", "Deliveries of events that had come before.", float64(s.Known))
	e.single("crisphost_events_unwanted_total", "counter", "Deliveries of events that start no script.", float64(s.Unwanted))
	e.single("crisphost_event_runs_total", "counter", "Runs that events started on this host.", float64(s.Runs))
	e.single("crisphost_events_waiting", "gauge", "Deliveries that wait to be stored.", float64(s.Waiting))
}
